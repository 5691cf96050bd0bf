using Semel.Client;
using Semel.Client.Transacting;
using Semel.Protocol;
using ClientOutcome = Semel.Client.TransactionOutcome;
using ClientState = Semel.Client.TransactionState;

namespace Semel.Testing.Simulation.Transactions;

/// <summary>An application of the client: writes transactions over several partitions, and keeps what it was told of each.</summary>
internal sealed class ClientMachineWriter(ClientSlot slot, ClientLink link, ClientMachine client)
{
    readonly TransactionWorld _world = link.World;
    long _number;
    bool _isSealed;

    bool IsOver => client.State is ClientState.Fenced or ClientState.Fatal;
    TimeSpan Patience => _world.IsHealed ? TimeSpan.FromSeconds(30) : link.Random.Between(TimeSpan.FromMilliseconds(300), TimeSpan.FromSeconds(4));

    public async Task RunAsync()
    {
        while (!IsOver && await CallAsync(static call => new InitWanted(call)) is not CallDone) await link.PauseAsync();
        while (!IsOver && slot.TakeTransaction())
        {
            if (!await BeginAsync()) break;
            await WriteAsync();
            await link.MayStandStillAsync();
            await EndAsync(!_world.Strikes(link.Random, _world.Plan.AbortOneIn));
            await link.PauseAsync(TimeSpan.Zero, TimeSpan.FromMilliseconds(200));
        }
        client.Die();
    }

    Task<CallEnd> CallAsync(Func<TransactionCall, Client.Producing.ProducerInput> call) => client.CallAsync(call, Patience);

    async Task<bool> BeginAsync()
    {
        while (!IsOver)
        {
            if (await TryBeginAsync()) return true;
            await link.PauseAsync();
        }
        return false;
    }

    async Task<bool> TryBeginAsync()
    {
        if (await CallAsync(static call => new BeginWanted(call)) is not CallDone begun) return false;
        (_number, _isSealed) = (begun.Transaction, false);
        client.Transaction = _world.Oracle.Begin(link.Name, client.Identity.Id, client.Identity.Epoch);
        _world.Note(link.Name, "client-begin", client.Transaction.Number, client.Identity.Id.Value, client.Identity.Epoch.Value);
        return true;
    }

    async Task WriteAsync()
    {
        for (var partitions = link.Random.Between(1, 4); partitions > 0; partitions--)
        {
            var topic = _world.Topics[link.Random.OneOf(SimulatedTopics.Input, SimulatedTopics.Output)];
            var partition = link.Random.Below(topic.PartitionCount);
            for (var batches = link.Random.Between(1, 4); batches > 0; batches--)
            {
                if (client.State != ClientState.InTransaction || client.Refused == _number) return;
                var records = new List<SimulatedRecord>();
                for (var left = link.Random.Between(1, 3); left > 0; left--)
                    records.Add(_world.Oracle.Submit(client.Transaction!, topic.TopicId, partition));
                client.Write(new TopicPartition(topic.Name, partition), records);
            }
            await link.PauseAsync(TimeSpan.Zero, TimeSpan.FromMilliseconds(20));
            if (link.Random.OneIn(4)) await link.MayStandStillAsync();
        }
    }

    /// <summary>Commits or aborts, and asks for as long as it is not known what became of it.</summary>
    async Task EndAsync(bool commits)
    {
        var (transaction, number) = (client.Transaction!, _number);
        var isUnknown = false;
        while (!IsOver || isUnknown)
        {
            if (client.State is ClientState.Abortable) commits = false;
            // Nobody may begin now; where somebody can, the one before is left as it is.
            if (client.State is ClientState.Unresolved && link.Random.OneIn(4) && await TryBeginAsync()) return;
            var end = isUnknown && (IsOver || link.Random.OneIn(2)) ? await CallAsync(call => new ResolveWanted(call, number)) : await AskAsync(commits, number);
            if (end is CallResolved resolved) Learn(transaction, resolved.Outcome);
            isUnknown = end is CallFailed { Failure.Kind: TransactionFailureKind.OutcomeUnknown or TransactionFailureKind.Plain } && client.State is ClientState.Unresolved
                || end is CallResolved { Outcome: null } or CallIllegal;
            if (end is CallDone) Learn(transaction, commits ? ClientOutcome.Committed : ClientOutcome.Aborted);
            // Nothing of it was committed, for sure.
            if (end is CallFailed { Failure.Kind: not TransactionFailureKind.OutcomeUnknown }) Learn(transaction, ClientOutcome.Aborted);
            if (end is CallDone || IsOver || client.State is ClientState.Ready or ClientState.Rebumping) return;
            await link.PauseAsync();
        }
    }

    async Task<CallEnd> AskAsync(bool commits, long number)
    {
        var ended = CallAsync(call => commits ? new CommitWanted(call, number) : new AbortWanted(call, number));
        if (!_isSealed) client.Take(new RecordsSealed(number));
        _isSealed = true;
        return await ended;
    }

    void Learn(SimulatedTransaction transaction, ClientOutcome? outcome)
    {
        if (outcome is null or ClientOutcome.Unknown) return;
        var isCommitted = outcome == ClientOutcome.Committed;
        if (transaction.Told is { } told && told != isCommitted) _world.Fail($"{transaction} was told as committed: {told}, and then: {isCommitted}");
        transaction.Told = isCommitted;
        transaction.Outcome = isCommitted ? TransactionOutcome.Committed : TransactionOutcome.NotCommitted;
        _world.Note(link.Name, isCommitted ? "client-committed" : "client-aborted", transaction.Number);
    }
}
