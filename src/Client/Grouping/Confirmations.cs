using Semel.Client.Grouping.Membership;

namespace Semel.Client.Grouping;

/// <summary>
/// Those who wait to hear from the coordinator that the member is one and still owns what it did (T-26, T-27). Only an answer to a request that was sent after
/// they asked tells them. Thread safe.
/// </summary>
internal sealed class Confirmations(GroupMember member)
{
    const long NotYet = -1;

    readonly Lock _gate = new();
    readonly List<Waiter> _waiters = [];
    bool _hasEnded;

    sealed class Waiter(IReadOnlyCollection<TopicPartition> partitions, long stamp)
    {
        public IReadOnlyCollection<TopicPartition> Partitions => partitions;
        public long Stamp => stamp;
        public long After { get; set; } = NotYet;
        public TaskCompletionSource<ConsumerGroupMetadata?> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public IMembershipStanding Standing(long stamp) => new StandingAt(this, stamp);

    public async ValueTask<ConsumerGroupMetadata?> AskAsync(IReadOnlyCollection<TopicPartition> partitions, long stamp, CancellationToken cancellation)
    {
        var waiter = new Waiter(partitions, stamp);
        lock (_gate)
        {
            if (_hasEnded) return null;
            _waiters.Add(waiter);
        }
        member.Post(new ConfirmationWanted());
        return await waiter.Answer.Task.WaitAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Whoever has asked by now is told by an answer to what is sent from now on.</summary>
    public void Begin(long lastRequest)
    {
        lock (_gate)
            foreach (var waiter in _waiters.Where(static waiter => waiter.After == NotYet)) waiter.After = lastRequest;
    }

    public void Look(MemberPicture picture, long confirmedBy)
    {
        lock (_gate)
            _waiters.RemoveAll(waiter =>
            {
                if (waiter.After == NotYet) return false;
                var isOurs = picture.OwnsSince(waiter.Partitions, waiter.Stamp);
                if (isOurs && !(picture.IsMember && confirmedBy > waiter.After)) return false;
                waiter.Answer.TrySetResult(isOurs ? picture.Metadata : null);
                return true;
            });
    }

    public void End()
    {
        lock (_gate)
        {
            _hasEnded = true;
            foreach (var waiter in _waiters) waiter.Answer.TrySetResult(null);
            _waiters.Clear();
        }
    }

    /// <summary>What was ours when a member's metadata was read.</summary>
    sealed class StandingAt(Confirmations confirmations, long stamp) : IMembershipStanding
    {
        public ValueTask<ConsumerGroupMetadata?> ConfirmAsync(ConsumerGroupMetadata since, IReadOnlyCollection<TopicPartition> partitions, CancellationToken cancellation) =>
            confirmations.AskAsync(partitions, stamp, cancellation);
    }
}
