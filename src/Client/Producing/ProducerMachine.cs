using Semel.Client.Configuration;
using Semel.Client.Errors;
using Semel.Client.Transacting;

namespace Semel.Client.Producing;

/// <summary>
/// Everything a producer decides, without a clock, a thread, a socket or a byte of a record: which batches are sent when, to whom and under which
/// sequence, what an answer means, and what is certain about every record in the end.
///
/// Driven from outside, one call at a time: <see cref="Take"/> tells what happened, <see cref="Advance"/> lets time pass and sends what can be sent; after either,
/// <see cref="TakeEffects"/> has what is to be done, and <see cref="NextDeadline"/> tells when to call <see cref="Advance"/> although nothing happened.
/// Moments are counted from any fixed point by a clock that never goes back. The same calls have the same effects.
/// The rules lie in files of their own: who leads (<see cref="LeaderRule"/>), who we are (<see cref="IdentityRule"/>, <see cref="RenewalRule"/>), what is sent
/// (<see cref="DrainRule"/>), what an answer means (<see cref="AnswerRule"/>, <see cref="ErrorTable"/>), how a partition recovers (<see cref="RewindRule"/>,
/// <see cref="BumpRule"/>), what gives up (<see cref="ExpiryRule"/>, <see cref="WithdrawRule"/>, <see cref="GaplessRule"/>, <see cref="CloseRule"/>), what is
/// encoded anew (<see cref="ReplaceRule"/>), what is worth a word (<see cref="TroubleRule"/>); those of transactions in a folder of theirs (<see cref="TransactionRules"/>).
/// </summary>
internal sealed class ProducerMachine
{
    readonly ProducerState _state;
    readonly ProducerTurn _turn;

    /// <param name="seed">Spreads the pauses between attempts.</param>
    /// <param name="firstSequence">Where sequences begin; other than 0 only to come near their wrap in a test.</param>
    /// <param name="fault">Breaks a rule of transactions on purpose, in a test.</param>
    public ProducerMachine(ProducerOptions options, ulong seed = 0, int firstSequence = 0, PlantedFault fault = PlantedFault.None)
    {
        _state = new ProducerState(options, fault) { FirstSequence = firstSequence };
        _turn = new ProducerTurn(_state, seed);
    }

    public TimeSpan? NextDeadline => _turn.NextDeadline;

    /// <summary>What new batches are stamped with; none while there is none.</summary>
    public ProducerIdentity Identity => _state.Identity;
    public bool IsIdempotent => _state.IsIdempotent;

    /// <summary>Null without a transactional id.</summary>
    public TransactionContext? Transaction => _state.Transaction;

    /// <summary>Whether batches wait or are on their way.</summary>
    public bool HasWork => _state.Active.Exists(partition => partition.HasWork);

    /// <summary>The state of a partition, for whoever looks on; null while it never had a record.</summary>
    public PartitionState? Find(TopicPartition partition) => _state.Find(partition);

    public IReadOnlyList<ProducerEffect> TakeEffects() => _turn.TakeEffects();

    public void Take(ProducerInput input, TimeSpan now)
    {
        _turn.Now = now;
        switch (input)
        {
            case BatchOpened opened: TakeOpened(opened.Batch); break;
            case BatchSealed @sealed: TakeSealed(@sealed); break;
            case BatchReplaced replaced: ReplaceRule.Take(_turn, replaced); break;
            case ClusterSeen seen: RenewalRule.Take(_turn, seen); break;
            case TopicSeen seen: LeaderRule.Take(_turn, seen); break;
            case ProduceAnswered answered: AnswerRule.Take(_turn, answered); break;
            case RequestLost lost: AnswerRule.Take(_turn, lost); break;
            case RequestWritten written: AnswerRule.Take(_turn, written); break;
            case RequestWithdrawn withdrawn: WithdrawRule.Take(_turn, withdrawn); break;
            case RequestBegun begun: WithdrawRule.Take(_turn, begun); break;
            case ProducerIdGranted or ProducerIdRefused or ProducerIdNotOffered: IdentityRule.Take(_turn, input); break;
            case MemoryWanted memory: _state.IsMemoryWanted = memory.IsWanted; break;
            case Closed closed: CloseRule.Take(_turn, closed.Reason); break;
            case var other when TransactionRules.TryTake(_turn, other): break;
            default: throw new ArgumentException($"{input.GetType().Name} is no input of this producer", nameof(input));
        }
    }

    /// <summary>Expires what is too old, then sends what can be sent.</summary>
    public void Advance(TimeSpan now)
    {
        _turn.Now = now;
        _turn.ForgetDeadline();
        ExpiryRule.Apply(_turn);
        IdentityRule.Apply(_turn);
        TransactionRules.Apply(_turn);
        DrainRule.Apply(_turn);
        Tidy();
        TransactionRules.ApplyEnd(_turn);
    }

    void TakeOpened(ProducerBatch batch)
    {
        RecordRule.Opened(_turn, batch);
        var partition = LeaderRule.Open(_turn, batch.Partition);
        partition.Queue.AddLast(batch);
        if (!partition.IsActive)
        {
            partition.IsActive = true;
            _state.Active.Add(partition);
        }
        if ((_state.ClosedBy ?? _state.IdentityDenied) is { } reason) CloseRule.FailQueue(_turn, partition, Verdict.NotPersisted(reason, ErrorClass.Fatal));
    }

    void TakeSealed(BatchSealed input)
    {
        var batch = input.Batch;
        batch.RecordCount = input.RecordCount;
        batch.SizeInBytes = input.SizeInBytes;
        batch.IsSealed = true;
        if (_state.Find(batch.Partition) is { } partition) CloseRule.ReportDoomed(_turn, partition);
    }

    /// <summary>Partitions without work leave the list.</summary>
    void Tidy()
    {
        var kept = 0;
        for (var index = 0; index < _state.Active.Count; index++)
        {
            var partition = _state.Active[index];
            if (partition.IsActive = partition.HasWork) _state.Active[kept++] = partition;
        }
        _state.Active.RemoveRange(kept, _state.Active.Count - kept);
    }
}
