namespace Semel.Compat.Confluent;

/// <summary>
/// What the application was given of each partition, what it has stored, and what it has committed itself. Positions are the next to read. Thread safe.
/// </summary>
sealed class HandedOut
{
    readonly Lock _gate = new();
    readonly Dictionary<TopicPartition, Progress> _partitions = [];

    sealed class Progress
    {
        public long Next = Offset.Unset;
        public int? LeaderEpoch;
        public long Stored = Offset.Unset;
        public int? StoredEpoch;
        public long Committed = Offset.Unset;
    }

    public void Gave(TopicPartition partition, long offset, int? leaderEpoch)
    {
        lock (_gate)
        {
            var progress = Of(partition);
            progress.Next = offset + 1;
            progress.LeaderEpoch = leaderEpoch;
        }
    }

    public void Store(TopicPartitionOffset next)
    {
        lock (_gate)
        {
            var progress = Of(next.TopicPartition);
            progress.Stored = next.Offset;
            progress.StoredEpoch = next.LeaderEpoch;
        }
    }

    public void Committed(IEnumerable<TopicPartitionOffset> committed)
    {
        lock (_gate)
            foreach (var place in committed) Of(place.TopicPartition).Committed = place.Offset;
    }

    /// <summary>Its progress begins anew: it was sought, taken, or is new.</summary>
    public void Forget(IEnumerable<TopicPartition> partitions)
    {
        lock (_gate)
            foreach (var partition in partitions) _partitions.Remove(partition);
    }

    public TopicPartitionOffset Position(TopicPartition partition)
    {
        lock (_gate) return _partitions.TryGetValue(partition, out var progress) ? new(partition, progress.Next, progress.LeaderEpoch)
            : new(partition, Offset.Unset);
    }

    /// <summary>What a commit without a list covers, for each of the partitions; <see cref="Offset.Unset"/> where nothing is new.</summary>
    /// <param name="storedOnly">Only what the application stored counts; otherwise whatever was handed out.</param>
    public List<TopicPartitionOffset> ToCommit(IEnumerable<TopicPartition> partitions, bool storedOnly)
    {
        lock (_gate)
        {
            return [.. partitions.Select(partition =>
            {
                if (!_partitions.TryGetValue(partition, out var progress)) return new TopicPartitionOffset(partition, Offset.Unset);
                var (next, epoch) = storedOnly ? (progress.Stored, progress.StoredEpoch) : (progress.Next, progress.LeaderEpoch);
                return next < 0 || next == progress.Committed ? new TopicPartitionOffset(partition, Offset.Unset) : new TopicPartitionOffset(partition, next,
                    epoch);
            })];
        }
    }

    Progress Of(TopicPartition partition)
    {
        if (!_partitions.TryGetValue(partition, out var progress)) _partitions.Add(partition, progress = new Progress());
        return progress;
    }
}
