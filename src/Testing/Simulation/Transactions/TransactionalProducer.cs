using Semel.Machines.Groups.Offsets;
using Semel.Machines.Transactions;
using Semel.Protocol;

namespace Semel.Testing.Simulation.Transactions;

/// <summary>How something that a producer tried has ended.</summary>
internal enum Tried : byte
{
    Done,
    /// <summary>The transaction has to be aborted; then the producer goes on.</summary>
    Abort,
    /// <summary>The producer has to end: another has its id, or it can no longer tell where it is.</summary>
    Fenced,
}

/// <summary>
/// The producer's side of both transaction protocols, as clients have it: with the first one partitions are added before they are written to, and the epoch
/// stays; with the second (KIP-890) a write adds its partition, and each end raises the epoch. What may be tried again is, until it is answered.
/// </summary>
/// <param name="isAlone">Nobody else has ever used the id.</param>
internal sealed class TransactionalProducer(ClientLink link, TransactionDoor door, TransactionalId id, bool secondProtocol, Func<bool> isAlone)
{
    const short FirstProduce = 11, SecondProduce = 12, FirstOffsets = 4, SecondOffsets = 6;
    /// <summary>Batches of one partition that are on their way at once.</summary>
    const int Window = 3;

    readonly TransactionWorld _world = link.World;
    readonly CheckedEnds _ends = new(link.World, door, id);
    readonly Dictionary<(TopicId, int), int> _sequences = [];
    readonly HashSet<(TopicId, int)> _added = [];
    ProducerId _producerId = ProducerId.None;
    ProducerEpoch _epoch = ProducerEpoch.None;
    SimulatedTransaction? _transaction;
    bool _isUncertain, _areOffsetsAdded, _isTouched, _isKnown;

    public bool IsSecondProtocol => secondProtocol;
    public SimulatedTransaction Transaction => _transaction ?? throw new InvalidOperationException("no transaction was begun");

    /// <param name="keepsIdentity">The same incarnation goes on (KIP-360); else a new one takes over.</param>
    public async Task<Tried> InitAsync(bool keepsIdentity)
    {
        var (producerId, epoch) = keepsIdentity ? (_producerId, _epoch) : (ProducerId.None, ProducerEpoch.None);
        for (var tries = 1; ; tries++)
        {
            var answer = await link.AskAsync("InitProducerId", source => door.InitProducerIdAsync(source, id, producerId, epoch));
            if (answer.IsLost || IsPassing(answer.Value.Error))
            {
                await link.PauseAsync();
                continue;
            }
            if (answer.Value.Error != ErrorCode.None)
            {
                if (keepsIdentity && _isKnown && isAlone())
                    _world.Fail($"{link.Name} has epoch {epoch} of {producerId}, which nobody else was given, and is refused the next: {answer.Value.Error}");
                return Refused("init", answer.Value.Error, Tried.Fenced);
            }
            // A question of a new incarnation that was lost may come late, and is one of another incarnation then.
            if (!keepsIdentity) _isKnown = tries == 1;
            Take(answer.Value.ProducerId, answer.Value.Epoch);
            return Tried.Done;
        }
    }

    void Take(ProducerId producerId, ProducerEpoch epoch)
    {
        (_producerId, _epoch, _isUncertain) = (producerId, epoch, false);
        _sequences.Clear();
        _world.Oracle.Given(link.Name, producerId, epoch);
    }

    Tried Refused(string what, ErrorCode error, Tried tried)
    {
        _world.Note(link.Name, $"{what}-{error}", _producerId.Value, _epoch.Value);
        return tried;
    }

    static bool IsPassing(ErrorCode error) =>
        error is ErrorCode.CoordinatorLoadInProgress or ErrorCode.CoordinatorNotAvailable or ErrorCode.NotCoordinator or ErrorCode.ConcurrentTransactions
        or ErrorCode.NotLeaderOrFollower or ErrorCode.LeaderNotAvailable or ErrorCode.RequestTimedOut or ErrorCode.NotEnoughReplicas
            or ErrorCode.NotEnoughReplicasAfterAppend
        or ErrorCode.NetworkException or ErrorCode.KafkaStorageError;

    public void Begin()
    {
        _transaction = _world.Oracle.Begin(link.Name, _producerId, _epoch);
        _added.Clear();
        (_areOffsetsAdded, _isTouched) = (false, false);
        _world.Note(link.Name, "begin", _transaction.Number, _producerId.Value, _epoch.Value);
    }

    void Touch()
    {
        _isTouched = true;
        Transaction.BegunAt ??= _world.Clock.Now;
    }

    // ---- Records

    /// <summary>Writes records to one partition: so many batches, of so many records each.</summary>
    public async Task<Tried> SendAsync(TopicId topic, int partition, IReadOnlyList<IReadOnlyList<SimulatedRecord>> batches)
    {
        Touch();
        if (!secondProtocol && await AddAsync(topic, partition) is not Tried.Done and var refused) return refused;
        var next = _sequences.GetValueOrDefault((topic, partition));
        var bytes = new List<byte[]>();
        foreach (var batch in batches)
        {
            bytes.Add(SimulatedBytes.Of(_world, batch, _producerId, _epoch, next));
            next += batch.Count;
        }
        _sequences[(topic, partition)] = next;
        _isUncertain = true;
        var tried = await SendAsync(topic, partition, bytes);
        if (tried == Tried.Done) _isUncertain = false;
        return tried;
    }

    // Some are on their way at once. When one was not taken, it and all behind it are sent again in their order.
    async Task<Tried> SendAsync(TopicId topic, int partition, List<byte[]> batches)
    {
        for (var done = 0; done < batches.Count;)
        {
            var answers = await Task.WhenAll(batches.Skip(done).Take(Window).Select(bytes => ProduceAsync(topic, partition, [.. bytes])));
            var taken = Array.FindIndex(answers, static answer => answer.IsLost || answer.Value != ErrorCode.None);
            done += taken < 0 ? answers.Length : taken;
            if (taken < 0) continue;
            if (answers[taken].IsLost && link.GivesUp()) return Refused("produce", ErrorCode.RequestTimedOut, Tried.Abort);
            if (!answers[taken].IsLost && !IsPassing(answers[taken].Value))
                return Refused("produce", answers[taken].Value, answers[taken].Value is ErrorCode.InvalidProducerIdMapping or ErrorCode.ProducerFenced
                    ? Tried.Fenced : Tried.Abort);
            await link.PauseAsync();
        }
        return Tried.Done;
    }

    Task<Answer<ErrorCode>> ProduceAsync(TopicId topic, int partition, byte[] bytes) =>
        link.AskAsync("Produce", source => door.ProduceAsync(source, secondProtocol ? SecondProduce : FirstProduce, id, topic, partition, [.. bytes]));

    async Task<Tried> AddAsync(TopicId topic, int partition)
    {
        if (_added.Contains((topic, partition))) return Tried.Done;
        var (producerId, epoch) = (_producerId, _epoch);
        var tried = await UntilAnsweredAsync("add", source => door.AddPartitionsAsync(source, id, producerId, epoch, [(topic, partition)]));
        if (tried == Tried.Done) _added.Add((topic, partition));
        return tried;
    }

    async Task<Tried> UntilAnsweredAsync(string what, Func<IRequestSource, Task<TransactionReply>> handle)
    {
        while (true)
        {
            var answer = await link.AskAsync(what, handle);
            if (!answer.IsLost && answer.Value.Error == ErrorCode.None) return Tried.Done;
            if (!answer.IsLost && !IsPassing(answer.Value.Error))
                return Refused(what, answer.Value.Error, answer.Value.Error is ErrorCode.UnknownTopicOrPartition ? Tried.Abort : Tried.Fenced);
            await link.PauseAsync();
        }
    }

    // ---- Offsets

    /// <summary>How far a group has read comes into the transaction.</summary>
    public async Task<Tried> SendOffsetsAsync(GroupId group, TopicId topic, IReadOnlyDictionary<int, long> offsets, int generation = -1, string member = "")
    {
        Touch();
        var (producerId, epoch) = (_producerId, _epoch);
        if (!secondProtocol && !_areOffsetsAdded
            && await UntilAnsweredAsync("add-offsets", source => door.AddOffsetsAsync(source, id, producerId, epoch, group)) is not Tried.Done and var refused)
            return refused;
        _areOffsetsAdded = true;
        var commit = new CommitTransactional
        {
            GroupId = group,
            GenerationOrEpoch = generation,
            MemberId = member,
            Version = secondProtocol ? SecondOffsets : FirstOffsets,
            ProducerId = producerId,
            ProducerEpoch = epoch,
            Topics = [new TopicCommit(null, topic, [.. offsets.OrderBy(static one => one.Key).Select(static one => new PartitionCommit(one.Key, one.Value))])],
        };
        while (true)
        {
            var answer = await link.AskAsync("TxnOffsetCommit", source => door.CommitOffsetsAsync(source, id, commit));
            if (!answer.IsLost && answer.Value == ErrorCode.None) return Tried.Done;
            if (answer.IsLost && link.GivesUp())
            {
                _isUncertain = true;
                return Refused("offsets", ErrorCode.RequestTimedOut, Tried.Abort);
            }
            if (!answer.IsLost && !IsPassing(answer.Value))
                return Refused("offsets", answer.Value, answer.Value is ErrorCode.InvalidProducerIdMapping or ErrorCode.ProducerFenced
                    ? Tried.Fenced : Tried.Abort);
            await link.PauseAsync();
        }
    }

    // ---- Ends

    /// <summary>Commits, or aborts what could not be committed.</summary>
    /// <returns><see cref="Tried.Abort"/>: it was aborted instead.</returns>
    public async Task<Tried> CommitAsync()
    {
        if (!_isTouched) return Tried.Done;
        var tried = await EndAsync(commit: true);
        if (tried != Tried.Abort) return tried;
        return await AbortAsync() == Tried.Done ? Tried.Abort : Tried.Fenced;
    }

    /// <summary>Aborts, and makes sure that nothing of it can come late.</summary>
    public async Task<Tried> AbortAsync()
    {
        if (_isTouched && await EndAsync(commit: false) == Tried.Fenced) return await ComeBackAsync();
        // With the first protocol the epoch stays: only another one makes a fresh start.
        return !secondProtocol && _isUncertain ? await InitAsync(keepsIdentity: true) : Tried.Done;
    }

    /// <summary>The transaction's time was over: who was merely slow is given the epoch after the one that was fenced (KIP-588).</summary>
    Task<Tried> ComeBackAsync() => InitAsync(keepsIdentity: true);

    async Task<Tried> EndAsync(bool commit)
    {
        var (transaction, producerId, epoch, isUnknown) = (Transaction, _producerId, _epoch, false);
        transaction.IsEnding = true;
        while (true)
        {
            if (commit) TransactionOracle.Committing(transaction);
            var answer = await link.AskAsync(commit ? "EndTxn(commit)" : "EndTxn(abort)", source => _ends.EndAsync(source, transaction, producerId, epoch, commit, secondProtocol));
            if (!answer.IsLost && answer.Value.Error == ErrorCode.None)
            {
                if (commit) transaction.Outcome = TransactionOutcome.Committed;
                _world.Note(link.Name, commit ? "committed" : "aborted", transaction.Number);
                if (secondProtocol) Take(answer.Value.ProducerId, answer.Value.Epoch);
                return Tried.Done;
            }
            // When the coordinator's log fails, nobody knows what is in it.
            isUnknown |= answer.IsLost || IsPassing(answer.Value.Error);
            if (commit && !isUnknown) transaction.Outcome = TransactionOutcome.NotCommitted;
            if (!answer.IsLost && !IsPassing(answer.Value.Error))
                return Refused(commit ? "commit" : "abort", answer.Value.Error, commit && answer.Value.Error == ErrorCode.TransactionAbortable
                    ? Tried.Abort : Tried.Fenced);
            await link.PauseAsync();
        }
    }
}
