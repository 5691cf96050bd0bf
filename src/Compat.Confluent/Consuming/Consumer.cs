namespace Semel.Compat.Confluent;

/// <summary>Blocks the caller's thread on the client below, and runs handlers on it meanwhile.</summary>
sealed class Consumer<TKey, TValue> : RunningClient, IConsumer<TKey, TValue>
{
    static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(60);
    readonly Inner.IConsumer<TKey, TValue> _below;
    readonly HandedOut _handedOut = new();
    readonly HandlerRoom _handlers;
    readonly Rebalances _rebalances;
    readonly ResultFields _fields;
    readonly bool _storesAutomatically;
    readonly Timer _statistics;
    readonly AutomaticCommits _commits;
    readonly Action _endSerdes;
    IReadOnlyList<string> _subscription = [];
    Thread _consuming;
    Inner.ConsumeResult<TKey, TValue>? _keptBack;
    long _received;

    public Consumer(IEnumerable<KeyValuePair<string, string>> config, Func<Consumer<TKey, TValue>, ConsumerParts<TKey, TValue>> partsOf)
        : base(config, "consumer")
    {
        if (string.IsNullOrEmpty(Value("group.id"))) throw new ArgumentException("'group.id' configuration parameter is required and was not specified.");
        _fields = new ResultFields(Value(ConfigPropertyNames.Consumer.ConsumeResultFields));
        _storesAutomatically = ClientKeys.Flag(Config, "enable.auto.offset.store", true);
        var parts = partsOf(this);
        _endSerdes = parts.EndSerdes;
        _handlers = new HandlerRoom(Events);
        try
        {
            var keys = ClientKeys.OfConsumer(Config);
            _below = new Inner.ConsumerBuilder<TKey, TValue>(parts.Committed is null ? keys
                : ClientKeys.WithoutAutomaticCommits(keys)).UseLoggerFactory(new LogBridge(Name, parts.Log))
                .SetKeyDeserializer(new DeserializerBridge<TKey>(parts.Keys, MessageComponentType.Key))
                .SetValueDeserializer(new DeserializerBridge<TValue>(parts.Values, MessageComponentType.Value)).Build();
        }
        catch (Inner.KafkaConfigException refused)
        {
            throw Refusal.Of(refused);
        }
        if (parts.Committed is { } committed && ClientKeys.Flag(Config, "enable.auto.commit", true))
            _commits = new AutomaticCommits(_below.CommitAsync, CommittedHere, told => Events.Post(() => committed(told)),
                ClientKeys.Number(Config, "auto.commit.interval.ms") ?? 5000);
        _rebalances = new Rebalances(_below.Rebalance, _handlers, parts.Rebalance, _handedOut, _below.Seek, _below.Pause, _commits);
        if (parts.Error is { } told) _below.Unreachable += new BrokersDown(Value("bootstrap.servers"), error => Events.Post(() => told(error))).Tell;
        if (ClientKeys.Number(Config, "statistics.interval.ms") is > 0 and var interval && parts.Statistics is { } statistics)
            _statistics = new Timer(_ => Events.Post(() => statistics(StatisticsNow())), null, interval, interval);
    }

    public string MemberId => Metadata.MemberId;
    public IConsumerGroupMetadata ConsumerGroupMetadata => new GroupMetadata(Metadata);

    Inner.ConsumerGroupMetadata Metadata
    {
        get
        {
            ThrowIfClosed();
            return _below.GroupMetadata;
        }
    }

    public List<TopicPartition> Assignment
    {
        get
        {
            ThrowIfClosed();
            return [.. _below.Assignment.Select(Crossing.Here).Order()];
        }
    }

    public List<string> Subscription
    {
        get
        {
            ThrowIfClosed();
            return [.. _subscription];
        }
    }

    public int AddBrokers(string brokers) => CountAddresses(brokers);
    public void SetSaslCredentials(string username, string password) => throw Credentials.Refused();

    public ConsumeResult<TKey, TValue> Consume(int millisecondsTimeout) => Pull(TimeSpan.FromMilliseconds(millisecondsTimeout), CancellationToken.None);
    public ConsumeResult<TKey, TValue> Consume(TimeSpan timeout) => Pull(timeout, CancellationToken.None);
    public ConsumeResult<TKey, TValue> Consume(CancellationToken cancellationToken) => Pull(Timeout.InfiniteTimeSpan, cancellationToken);

    ConsumeResult<TKey, TValue> Pull(TimeSpan timeout, CancellationToken cancellation)
    {
        ThrowIfClosed();
        _consuming = Thread.CurrentThread;
        var limit = new Limit(timeout);
        while (true)
        {
            _handlers.Serve();
            if (_keptBack is null) _rebalances.BeginPull();
            Inner.ConsumeResult<TKey, TValue>? found;
            try
            {
                found = WaitForNext(limit.Left, cancellation);
            }
            catch (Inner.ConsumeException failure)
            {
                throw Told(failure);
            }
            catch (Inner.KafkaException failure)
            {
                throw new ConsumeException(new ConsumeResult<byte[], byte[]>(), Failures.ErrorOf(failure), failure);
            }
            // A record whose partition was taken while it was on its way is read again by whoever has it now.
            if (found is { } result && !_rebalances.WasTaken(result.TopicPartition)) return Given(result);
            if (found is null && limit.IsOver) return null;
        }
    }

    /// <summary>What is there without waiting; otherwise waits for it, and runs handlers meanwhile.</summary>
    Inner.ConsumeResult<TKey, TValue>? WaitForNext(TimeSpan atMost, CancellationToken cancellation)
    {
        if (_keptBack is { } kept)
        {
            _keptBack = null;
            return kept;
        }
        // What is there needs no wait and nothing that could end one.
        var look = _below.ConsumeAsync(TimeSpan.Zero, cancellation);
        if ((look.IsCompleted ? look.GetAwaiter().GetResult() : look.AsTask().GetAwaiter().GetResult()) is { } record) return record;
        if (atMost == TimeSpan.Zero) return null;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var pull = _below.ConsumeAsync(atMost == Timeout.InfiniteTimeSpan ? TimeSpan.FromDays(1) : atMost, ended.Token);
        if (pull.IsCompleted) return pull.GetAwaiter().GetResult();
        var task = pull.AsTask();
        try
        {
            _handlers.ServeUntil(task, ended.Cancel);
        }
        catch
        {
            // What a handler has thrown is told now; a record that came in the same moment is the next one's.
            if (task.IsCompletedSuccessfully) _keptBack = task.Result;
            throw;
        }
        return task.GetAwaiter().GetResult();
    }

    ConsumeResult<TKey, TValue> Given(in Inner.ConsumeResult<TKey, TValue> found)
    {
        var partition = found.TopicPartition.Here();
        int? epoch = found.LeaderEpoch < 0 ? null : found.LeaderEpoch;
        var result = new ConsumeResult<TKey, TValue> { Topic = _fields.Topic ? partition.Topic : null, Partition = partition.Partition,
            Offset = found.Offset.Value, LeaderEpoch = epoch, IsPartitionEOF = found.IsPartitionEof };
        if (found.IsPartitionEof) return result;
        result.Message = new Message<TKey, TValue>
        {
            Key = found.Message.Key,
            Value = found.Message.Value,
            Timestamp = _fields.Timestamp ? found.Message.Timestamp.Here() : Timestamp.Default,
            Headers = _fields.Headers ? found.Message.Headers.Here() : null,
        };
        _handedOut.Gave(partition, found.Offset.Value, epoch);
        _received++;
        return result;
    }

    /// <summary>Of a record that cannot be deserialised: the next pull goes on behind it, as there.</summary>
    ConsumeException Told(Inner.ConsumeException failure)
    {
        var place = failure.TopicPartitionOffset;
        var record = new ConsumeResult<byte[], byte[]> { TopicPartitionOffset = place.Here() };
        if (failure.Fault != Inner.ConsumeFault.Deserialization) return new ConsumeException(record, Failures.ErrorOf(failure), failure);
        if (failure.Raw is { } raw)
        {
            record.Message = new Message<byte[], byte[]> { Key = raw.Message.Key, Value = raw.Message.Value, Timestamp = raw.Message.Timestamp.Here(),
                Headers = raw.Message.Headers.Here() };
            record.LeaderEpoch = raw.LeaderEpoch < 0 ? null : raw.LeaderEpoch;
        }
        _below.SkipRecord(failure);
        _handedOut.Gave(record.TopicPartition, place.Offset.Value, record.LeaderEpoch);
        var cause = failure.InnerException as DeserializationFailure;
        var code = cause?.Code ?? ErrorCode.Local_ValueDeserialization;
        return new ConsumeException(record, new Error(code, $"{code.GetReason()}: {cause?.Message ?? failure.Message}"), cause?.InnerException ?? failure);
    }

    public void Subscribe(string topic) => Subscribe([topic]);

    public void Subscribe(IEnumerable<string> topics)
    {
        ThrowIfClosed();
        var names = topics.ToList();
        if (names.Count == 0) Unsubscribe();
        else Do(() => _below.Subscribe(names));
        _subscription = names;
    }

    public void Unsubscribe()
    {
        ThrowIfClosed();
        _subscription = [];
        Do(_below.Unsubscribe);
    }

    public void Assign(TopicPartition partition) => Assign([partition]);
    public void Assign(TopicPartitionOffset partition) => Assign([partition]);
    public void Assign(IEnumerable<TopicPartition> partitions) => Assign(partitions.Select(Anywhere));

    public void Assign(IEnumerable<TopicPartitionOffset> partitions)
    {
        ThrowIfClosed();
        var places = partitions.ToList();
        if (_rebalances.TakesPlaces(places)) return;
        _handedOut.Forget(Assignment);
        Do(() => _below.Assign(places.Select(Start)));
    }

    public void IncrementalAssign(IEnumerable<TopicPartition> partitions) => IncrementalAssign(partitions.Select(Anywhere));

    public void IncrementalAssign(IEnumerable<TopicPartitionOffset> partitions)
    {
        ThrowIfClosed();
        var places = partitions.ToList();
        if (_rebalances.TakesPlaces(places)) return;
        var had = _below.Assignment;
        if (places.Find(place => had.Contains(place.TopicPartition.Below())) is { } twice) throw new KafkaException(new Error(ErrorCode.Local_Conflict,
            $"{twice.TopicPartition} is assigned already"));
        Do(() => _below.Assign([.. Remaining(had), .. places.Select(Start)]));
    }

    public void IncrementalUnassign(IEnumerable<TopicPartition> partitions)
    {
        ThrowIfClosed();
        var gone = partitions.ToList();
        if (_rebalances.IsInHandler) return;
        var had = _below.Assignment;
        if (gone.Find(partition => !had.Contains(partition.Below())) is { } missing) throw new KafkaException(new Error(ErrorCode.Local_InvalidArg,
            $"{missing} is not assigned"));
        _handedOut.Forget(gone);
        Do(() => _below.Assign(Remaining(had.Except(gone.Select(Crossing.Below)))));
    }

    /// <summary>What is read already goes on where it stands.</summary>
    List<Inner.TopicPartitionOffset> Remaining(IEnumerable<Wire.TopicPartition> partitions) =>
        [.. partitions.Select(partition => new Inner.TopicPartitionOffset(partition, _below.GetPositions(partition).Delivered is >= 0 and var next ? next
            : Inner.Offset.Stored))];

    public void Unassign()
    {
        ThrowIfClosed();
        if (_rebalances.IsInHandler) return;
        _handedOut.Forget(Assignment);
        Do(_below.Unassign);
    }

    static TopicPartitionOffset Anywhere(TopicPartition partition) => new(partition, Offset.Unset);

    static Inner.TopicPartitionOffset Start(TopicPartitionOffset place) =>
        place.Offset == Offset.Unset ? new Inner.TopicPartitionOffset(place.TopicPartition.Below(), Inner.Offset.Stored) : place.Below();

    public void StoreOffset(ConsumeResult<TKey, TValue> result) => StoreOffset(new TopicPartitionOffset(result.TopicPartition, result.Offset + 1,
        result.LeaderEpoch));

    public void StoreOffset(TopicPartitionOffset offset)
    {
        ThrowIfClosed();
        if (_storesAutomatically)
            throw new KafkaException(new Error(ErrorCode.Local_InvalidArg,
                "offsets are stored automatically: StoreOffset needs enable.auto.offset.store=false"));
        Do(() => _below.StoreOffset(offset.Below()));
        _handedOut.Store(offset);
    }

    public List<TopicPartitionOffset> Commit()
    {
        ThrowIfClosed();
        var offsets = _handedOut.ToCommit(_rebalances.Ours(Assignment), storedOnly: !_storesAutomatically);
        var real = offsets.FindAll(static place => place.Offset >= 0);
        if (real.Count == 0) throw new KafkaException(new Error(ErrorCode.Local_NoOffset));
        Send(real);
        return offsets;
    }

    public void Commit(ConsumeResult<TKey, TValue> result)
    {
        ThrowIfClosed();
        Send([new TopicPartitionOffset(result.TopicPartition, result.Offset + 1, result.LeaderEpoch)]);
    }

    public void Commit(IEnumerable<TopicPartitionOffset> offsets)
    {
        ThrowIfClosed();
        Send([.. offsets], asTheyAre: true);
    }

    /// <summary>
    /// Behind the last record that was handed out there may be nothing but the marker of its transaction: it is read, too, and the group shows no lag. Only
    /// this thread
    /// knows that no other record is on its way.
    /// </summary>
    Inner.TopicPartitionOffset Behind(TopicPartitionOffset place)
    {
        if (Thread.CurrentThread != _consuming || _rebalances.IsInHandler || _handedOut.Position(place.TopicPartition).Offset != place.Offset
            || !_below.Assignment.Contains(place.TopicPartition.Below()))
            return place.Below();
        return new Inner.TopicPartitionOffset(place.TopicPartition.Below(),
            Math.Max(place.Offset, _below.GetPositions(place.TopicPartition.Below()).Delivered));
    }

    void Send(List<TopicPartitionOffset> places, bool asTheyAre = false)
    {
        if (places.Count == 0) return;
        List<Inner.TopicPartitionOffset> sent = [.. places.Select(place => asTheyAre ? place.Below() : Behind(place))];
        Ask(Timeout.InfiniteTimeSpan, "committing offsets", async cancellation =>
        {
            await _below.CommitAsync(sent, cancellation).ConfigureAwait(false);
            return true;
        });
        _handedOut.Committed(places);
    }

    public void Seek(TopicPartitionOffset tpo)
    {
        ThrowIfClosed();
        if (_rebalances.TakesPlaces([tpo])) return;
        Do(() => _below.Seek(tpo.Below()));
        _handedOut.Forget([tpo.TopicPartition]);
    }

    public void Pause(IEnumerable<TopicPartition> partitions) => OfAssigned(partitions, list => _below.Pause(list));
    public void Resume(IEnumerable<TopicPartition> partitions) => OfAssigned(partitions, list => _below.Resume(list));

    void OfAssigned(IEnumerable<TopicPartition> partitions, Action<List<Wire.TopicPartition>> act)
    {
        ThrowIfClosed();
        var had = _below.Assignment;
        act([.. partitions.Select(Crossing.Below).Where(had.Contains)]);
    }

    public List<TopicPartitionOffset> Committed(TimeSpan timeout) => Committed(Assignment, timeout);

    public List<TopicPartitionOffset> Committed(IEnumerable<TopicPartition> partitions, TimeSpan timeout)
    {
        ThrowIfClosed();
        var asked = partitions.ToList();
        var answered = Ask(timeout, "asking for committed offsets", cancellation => _below.CommittedAsync([.. asked.Select(Crossing.Below)], cancellation))
            .ToDictionary(static place => place.TopicPartition);
        return [.. asked.Select(partition => answered.TryGetValue(partition.Below(), out var place) ? place.Here() : Anywhere(partition))];
    }

    public Offset Position(TopicPartition partition) => PositionOf(partition).Offset;

    public TopicPartitionOffset PositionOf(TopicPartition partition)
    {
        ThrowIfClosed();
        return _handedOut.Position(partition);
    }

    public List<TopicPartitionOffset> OffsetsForTimes(IEnumerable<TopicPartitionTimestamp> timestampsToSearch, TimeSpan timeout)
    {
        ThrowIfClosed();
        var times = timestampsToSearch.Select(static time => new Inner.TopicPartitionTimestamp(time.TopicPartition.Below(),
            new Inner.Timestamp(time.Timestamp.UnixTimestampMs))).ToList();
        return [.. Ask(timeout, "asking for offsets of times", cancellation => _below.OffsetsForTimesAsync(times, cancellation)).Select(Crossing.Here)];
    }

    public WatermarkOffsets GetWatermarkOffsets(TopicPartition topicPartition)
    {
        ThrowIfClosed();
        if (!_below.Assignment.Contains(topicPartition.Below())) return new WatermarkOffsets(Offset.Unset, Offset.Unset);
        var positions = _below.GetPositions(topicPartition.Below());
        return new WatermarkOffsets(Known(positions.LogStart), Known(positions.HighWatermark));
    }

    static Offset Known(long offset) => offset < 0 ? Offset.Unset : offset;

    public WatermarkOffsets QueryWatermarkOffsets(TopicPartition topicPartition, TimeSpan timeout)
    {
        ThrowIfClosed();
        var found = Ask(timeout, $"asking where {topicPartition} begins and ends", cancellation => _below.GetWatermarksAsync(topicPartition.Below(),
            cancellation));
        return new WatermarkOffsets(found.Low.Value, found.High.Value);
    }

    /// <summary>The thread that runs handlers runs them while it waits, since the call may wait for one: a commit, for the group that shares its partitions
    /// out anew.</summary>
    T Ask<T>(TimeSpan timeout, string what, Func<CancellationToken, ValueTask<T>> call) =>
        Blocking.Run(timeout < TimeSpan.Zero ? CallTimeout : timeout, what, call, Thread.CurrentThread == _consuming && !_rebalances.IsInHandler
            ? _handlers.ServeUntil : null);

    static void Do(Action act)
    {
        try { act(); }
        catch (InvalidOperationException wrong) when (wrong is not ObjectDisposedException) { throw new KafkaException(new Error(ErrorCode.Local_State,
            wrong.Message), wrong); }
        catch (ArgumentException wrong) { throw new KafkaException(new Error(ErrorCode.Local_InvalidArg, wrong.Message), wrong); }
        catch (Inner.KafkaException failure) { throw Failures.Of(failure); }
    }

    List<TopicPartitionOffset> CommittedHere() =>
        [.. _below.Assignment.Select(partition => new TopicPartitionOffset(partition.Here(), _below.GetPositions(partition).Committed)).Where(static place =>
            place.Offset >= 0)];

    string StatisticsNow() => StatisticsText.Of(this, "consumer", json =>
    {
        json.WriteNumber("rxmsgs", _received);
        json.WriteTopics(_below.Assignment.Select(partition =>
        {
            var positions = _below.GetPositions(partition);
            return (partition.Topic, partition.Partition, (Action<System.Text.Json.Utf8JsonWriter>)(each =>
            {
                each.WriteNumber("next_offset", positions.Delivered);
                each.WriteNumber("app_offset", _handedOut.Position(partition.Here()).Offset.Value);
                each.WriteNumber("stored_offset", positions.Processed);
                each.WriteNumber("lo_offset", positions.LogStart);
                each.WriteNumber("hi_offset", positions.HighWatermark);
                each.WriteNumber("ls_offset", positions.LastStableOffset);
                each.WriteNumber("consumer_lag", positions.Lag ?? -1);
            }));
        }));
        json.WriteStartObject("cgrp");
        json.WriteNumber("assignment_size", _below.Assignment.Count);
        json.WriteEndObject();
    });

    /// <summary>A handler that runs while the consumer closes may use it.</summary>
    void ThrowIfClosed()
    {
        if (!_rebalances.IsInHandler) ThrowIfDisposed();
    }

    public void Close()
    {
        ThrowIfDisposed();
        Dispose();
    }

    protected override void End()
    {
        _statistics?.Dispose();
        try
        {
            if (_commits is not null)
            {
                _commits.Dispose();
                _handlers.ServeUntil(_commits.CommitAsync(CancellationToken.None));
            }
            _handlers.ServeUntil(_below.DisposeAsync().AsTask());
            _handlers.Serve();
        }
        finally
        {
            _endSerdes();
        }
    }
}

/// <summary>What a consumer is made of beside its configuration.</summary>
sealed record ConsumerParts<TKey, TValue>(IDeserializer<TKey> Keys, IDeserializer<TValue> Values, RebalanceHandlers Rebalance,
    Action<Error> Error, Action<LogMessage> Log, Action<string> Statistics, Action<CommittedOffsets> Committed, Action EndSerdes);
