using System.Diagnostics;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Cli.Demo.Transactions;

/// <summary>
/// One run: a broker process, transactions one after the other over three partitions and a group's position, each by its script, and readers at both isolation levels who
/// look before each end and after each answer.
/// </summary>
public sealed class TransactionRun(IReadOnlyList<(TransactionScript Script, TransactionProtocol Protocol)> plan, DemoProgress progress)
{
    internal const string Topic = "payments", Group = "payments-readers";
    internal const int Partitions = 3;
    const string TransactionalId = "payments-producer";
    const short CreateTopicsVersion = 5;

    readonly TransactionLedger _ledger = new();
    long _earlyCommitted, _earlyUncommitted, _lateCommitted, _lateUncommitted, _offsetsApart;
    int _answersLost, _endsHeld, _heldAnswered, _zombiesRefused, _zombiesTaken, _crashes;
    BrokerProcess? _broker;
    string _folder = "";

    int Port => _broker!.Port;

    public async Task<TransactionOutcome> RunAsync(CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        using var folder = new TemporaryFolder();
        _folder = folder.Path;
        try
        {
            _broker = await BrokerProcess.StartAsync(_folder, 0, 0, stop).ConfigureAwait(false);
            await CreateTopicAsync(stop).ConfigureAwait(false);
            foreach (var (script, protocol) in plan) await PlayAsync(script, protocol, stop).ConfigureAwait(false);
            progress.Step("  reading everything back, at both isolation levels");
            var committed = await ReadAllAsync(IsolationLevel.ReadCommitted, stop).ConfigureAwait(false);
            var uncommitted = await ReadAllAsync(IsolationLevel.ReadUncommitted, stop).ConfigureAwait(false);
            return new(_ledger.Count, _ledger.Committed, _ledger.Aborted, _ledger.Account(committed, _earlyCommitted, _lateCommitted), _ledger.Account(uncommitted, _earlyUncommitted, _lateUncommitted),
                _offsetsApart, _answersLost, _endsHeld, _heldAnswered, _zombiesRefused, _zombiesTaken, _crashes, clock.Elapsed);
        }
        finally
        {
            if (_broker is not null) await _broker.DisposeAsync().ConfigureAwait(false);
        }
    }

    async Task CreateTopicAsync(CancellationToken stop)
    {
        await using var link = await WireLink.OpenAsync(Port, stop).ConfigureAwait(false);
        var request = new CreateTopicsRequest { TimeoutMs = 30_000 };
        request.Topics.Add(new() { Name = Topic, NumPartitions = Partitions, ReplicationFactor = 1 });
        var error = (await link.AskAsync<CreateTopicsRequest, CreateTopicsResponse>(request, CreateTopicsVersion, stop).ConfigureAwait(false)).Topics[0].ErrorCode;
        if (error != ErrorCode.None) throw new IOException($"the broker refused the topic '{Topic}' with {error}");
    }

    async Task PlayAsync(TransactionScript script, TransactionProtocol protocol, CancellationToken stop)
    {
        await using var producer = await TransactionProducer.StartAsync(Port, TransactionalId, protocol, stop).ConfigureAwait(false);
        switch (script)
        {
            case TransactionScript.Commit or TransactionScript.Abort:
                var plain = await WriteAllAsync(producer, stop).ConfigureAwait(false);
                await EndAsync(producer, plain, commit: script == TransactionScript.Commit, stop).ConfigureAwait(false);
                break;
            case TransactionScript.CommitAnswerLost or TransactionScript.AbortAnswerLost:
                await LoseAnswerAsync(producer, commit: script == TransactionScript.CommitAnswerLost, stop).ConfigureAwait(false);
                break;
            case TransactionScript.HeldEndInTheNext:
                await HoldEndAsync(producer, stop).ConfigureAwait(false);
                break;
            case TransactionScript.ZombieWakesUp:
                await WakeZombieAsync(producer, protocol, stop).ConfigureAwait(false);
                break;
            default:
                await KillAsync(producer, endIsAskedFor: script == TransactionScript.KilledAtTheEnd, stop).ConfigureAwait(false);
                break;
        }
    }

    async Task<int> WriteAllAsync(TransactionProducer producer, CancellationToken stop)
    {
        var transaction = _ledger.Begin();
        await WriteAsync(producer, transaction, 0, Partitions, stop).ConfigureAwait(false);
        Expect(await producer.SendOffsetAsync(transaction, stop).ConfigureAwait(false), "the group's position");
        await LookBeforeEndAsync(transaction, stop).ConfigureAwait(false);
        return transaction;
    }

    static async Task WriteAsync(TransactionProducer producer, int transaction, int from, int to, CancellationToken stop)
    {
        for (var partition = from; partition < to; partition++) Expect(await producer.WriteAsync(partition, transaction, stop).ConfigureAwait(false), "a record");
    }

    async Task EndAsync(TransactionProducer producer, int transaction, bool commit, CancellationToken stop)
    {
        Expect(await producer.EndAsync(commit, stop).ConfigureAwait(false), commit ? "a commit" : "an abort");
        await EndedAsync(transaction, commit, stop).ConfigureAwait(false);
    }

    async Task EndedAsync(int transaction, bool commit, CancellationToken stop)
    {
        _ledger.Ended(transaction, commit);
        if (commit)
        {
            if (!await IsWholeAsync(IsolationLevel.ReadCommitted, transaction, stop).ConfigureAwait(false)) _lateCommitted++;
            if (!await IsWholeAsync(IsolationLevel.ReadUncommitted, transaction, stop).ConfigureAwait(false)) _lateUncommitted++;
        }
        await LookAtOffsetAsync(stop).ConfigureAwait(false);
    }

    async Task LoseAnswerAsync(TransactionProducer producer, bool commit, CancellationToken stop)
    {
        var transaction = await WriteAllAsync(producer, stop).ConfigureAwait(false);
        await producer.AskForEndAsync(commit, stop).ConfigureAwait(false);
        await producer.ReconnectAsync(stop).ConfigureAwait(false);
        _answersLost++;
        await EndAsync(producer, transaction, commit, stop).ConfigureAwait(false);
    }

    async Task HoldEndAsync(TransactionProducer producer, CancellationToken stop)
    {
        var first = await WriteAllAsync(producer, stop).ConfigureAwait(false);
        // It left on this connection and is on its way; the producer thinks the connection is broken.
        var letGo = producer.HoldEnd(commit: true, stop);
        await using var held = await producer.MoveAsync(stop).ConfigureAwait(false);
        _endsHeld++;
        await EndAsync(producer, first, commit: true, stop).ConfigureAwait(false);
        var next = _ledger.Begin();
        await WriteAsync(producer, next, 0, Partitions - 1, stop).ConfigureAwait(false);
        await letGo(held).ConfigureAwait(false);
        if (await producer.AnswerToEndAsync(held, stop).ConfigureAwait(false) == ErrorCode.None) _heldAnswered++;
        await LookBeforeEndAsync(next, stop).ConfigureAwait(false);
        await WriteAsync(producer, next, Partitions - 1, Partitions, stop).ConfigureAwait(false);
        await EndAsync(producer, next, commit: false, stop).ConfigureAwait(false);
    }

    async Task WakeZombieAsync(TransactionProducer zombie, TransactionProtocol protocol, CancellationToken stop)
    {
        var first = _ledger.Begin();
        await WriteAsync(zombie, first, 0, Partitions - 1, stop).ConfigureAwait(false);
        await LookBeforeEndAsync(first, stop).ConfigureAwait(false);
        await using var successor = await TransactionProducer.StartAsync(Port, TransactionalId, protocol, stop).ConfigureAwait(false);
        _ledger.Ended(first, committed: false);
        var next = await WriteAllAsync(successor, stop).ConfigureAwait(false);
        Refused(await zombie.WriteAsync(Partitions - 1, first, stop).ConfigureAwait(false));
        Refused(await zombie.EndAsync(commit: true, stop).ConfigureAwait(false));
        await LookBeforeEndAsync(next, stop).ConfigureAwait(false);
        await EndAsync(successor, next, commit: true, stop).ConfigureAwait(false);
    }

    void Refused(ErrorCode error)
    {
        if (error == ErrorCode.None) _zombiesTaken++;
        else _zombiesRefused++;
    }

    async Task KillAsync(TransactionProducer producer, bool endIsAskedFor, CancellationToken stop)
    {
        var transaction = await WriteAllAsync(producer, stop).ConfigureAwait(false);
        if (endIsAskedFor) await producer.AskForEndAsync(commit: true, stop).ConfigureAwait(false);
        progress.Step($"  killing the broker {(endIsAskedFor ? "right after the end of" : "in the middle of")} transaction {transaction}, and starting it again on the same data");
        var port = Port;
        await _broker!.KillAsync().ConfigureAwait(false);
        await _broker.DisposeAsync().ConfigureAwait(false);
        _crashes++;
        _broker = await BrokerProcess.StartAsync(_folder, port, port, stop).ConfigureAwait(false);
        await producer.ReconnectAsync(stop).ConfigureAwait(false);
        await EndAsync(producer, transaction, commit: true, stop).ConfigureAwait(false);
    }

    async Task LookBeforeEndAsync(int transaction, CancellationToken stop)
    {
        if (await PartsAsync(IsolationLevel.ReadCommitted, transaction, stop).ConfigureAwait(false) > 0) _earlyCommitted++;
        if (await PartsAsync(IsolationLevel.ReadUncommitted, transaction, stop).ConfigureAwait(false) > 0) _earlyUncommitted++;
        await LookAtOffsetAsync(stop).ConfigureAwait(false);
    }

    async Task LookAtOffsetAsync(CancellationToken stop)
    {
        if (await TransactionReader.CommittedOffsetAsync(Port, stop).ConfigureAwait(false) != _ledger.NewestCommitted) _offsetsApart++;
    }

    async Task<bool> IsWholeAsync(IsolationLevel isolation, int transaction, CancellationToken stop) => await PartsAsync(isolation, transaction, stop).ConfigureAwait(false) == Partitions;

    async Task<int> PartsAsync(IsolationLevel isolation, int transaction, CancellationToken stop) =>
        (await ReadAllAsync(isolation, stop).ConfigureAwait(false)).Count(found => found.Contains(transaction));

    async Task<List<List<int>>> ReadAllAsync(IsolationLevel isolation, CancellationToken stop)
    {
        var reader = new TransactionReader(Port, isolation);
        var found = new List<List<int>>();
        for (var partition = 0; partition < Partitions; partition++) found.Add(await reader.ReadAsync(partition, stop).ConfigureAwait(false));
        return found;
    }

    static void Expect(ErrorCode error, string what)
    {
        if (error != ErrorCode.None) throw new IOException($"the broker refused {what} of a producer in good order with {error}");
    }
}
