using System.Diagnostics;
using Semel.Client;
using Semel.Protocol;

namespace Semel.Cli.Demo.Transactions;

/// <summary>
/// One run: a broker process, a job process that consumes, transforms and produces over two partitions of each topic, a network that strikes at commits, and
/// readers at both isolation levels who look before each end and after it. Every process that is killed is started again on what there is.
/// </summary>
public sealed class TransactionRun(IReadOnlyList<PlannedScene> plan, DemoProgress progress)
{
    readonly TransactionLedger _ledger = new();
    /// <summary>By partition: behind the last input whose result is committed.</summary>
    readonly long[] _position = new long[JobSettings.Partitions];
    TransactionFaults _faults;
    long _earlyCommitted, _earlyUncommitted, _lateCommitted, _lateUncommitted, _offsetsApart;
    int _zombiesRefused, _zombiesTaken;
    string _folder = "";
    BrokerProcess? _broker;
    JobProcess? _job;
    EndGate? _network;
    ResultReader? _committed, _uncommitted;

    public async Task<TransactionOutcome> RunAsync(CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        using var folder = new TemporaryFolder();
        _folder = folder.Path;
        await using var network = _network = new EndGate();
        try
        {
            _broker = await BrokerProcess.StartAsync(_folder, 0, network.Port, stop).ConfigureAwait(false);
            network.BrokerPort = _broker.Port;
            var inputs = await WriteInputsAsync(stop).ConfigureAwait(false);
            await using var committed = _committed = new ResultReader(network.Port, "read_committed");
            await using var uncommitted = _uncommitted = new ResultReader(network.Port, "read_uncommitted");
            _job = await JobProcess.StartAsync(network.Port, stop).ConfigureAwait(false);
            foreach (var scene in plan) await PlayAsync(scene, stop).ConfigureAwait(false);
            return new(inputs, _ledger.Count, _ledger.Committed, _ledger.Aborted, _ledger.Account(inputs, committed.Found, _earlyCommitted, _lateCommitted),
                _ledger.Account(inputs, uncommitted.Found, _earlyUncommitted, _lateUncommitted),
                _offsetsApart, _faults, _zombiesRefused, _zombiesTaken, clock.Elapsed);
        }
        finally
        {
            if (_job is not null) await _job.DisposeAsync().ConfigureAwait(false);
            if (_broker is not null) await _broker.DisposeAsync().ConfigureAwait(false);
        }
    }

    string Bootstrap => $"127.0.0.1:{_network!.Port}";

    /// <summary>As many as the plan takes.</summary>
    async Task<long> WriteInputsAsync(CancellationToken stop)
    {
        await using (var admin = new AdminClient([new("bootstrap.servers", Bootstrap)]))
        {
            NewTopic[] topics = [new(JobSettings.Inputs, JobSettings.Partitions), new(JobSettings.Results, JobSettings.Partitions)];
            foreach (var created in await admin.CreateTopicsAsync(topics, cancellation: stop).ConfigureAwait(false)) created.GetValue();
        }
        int[] counts = [plan.Sum(scene => scene.First), plan.Sum(scene => scene.Second)];
        await using var producer = new ProducerBuilder<Null, Null>([new("bootstrap.servers", Bootstrap)]).Build();
        for (var partition = 0; partition < JobSettings.Partitions; partition++)
            for (var number = 0; number < counts[partition]; number++)
                await producer.EnqueueAsync(JobSettings.Inputs, new RawRecord { Partition = partition, Value = "input"u8 }, stop).ConfigureAwait(false);
        var flushed = await producer.FlushAsync(stop).ConfigureAwait(false);
        return flushed.Failed == 0 ? counts.Sum() : throw flushed.FirstError!;
    }

    async Task PlayAsync(PlannedScene scene, CancellationToken stop)
    {
        var attempt = await WriteAsync(_job!, scene, stop).ConfigureAwait(false);
        if (scene.Scene != TransactionScene.JobKilledBeforeOffsets) await _job!.SendOffsetsAsync(stop).ConfigureAwait(false);
        await LookBeforeEndAsync(attempt, stop).ConfigureAwait(false);
        switch (scene.Scene)
        {
            case TransactionScene.Commit:
                await _job!.CommitAsync(stop).ConfigureAwait(false);
                break;
            case TransactionScene.Abort:
                await _job!.AbortAsync(stop).ConfigureAwait(false);
                attempt = await AgainAsync(attempt, scene, stop).ConfigureAwait(false);
                break;
            case TransactionScene.CommitAnswerLost:
                await CommitThroughAsync(EndFate.CutAnswer, stop).ConfigureAwait(false);
                await _job!.CommittedAsync(stop).ConfigureAwait(false);
                break;
            case TransactionScene.JobKilledBeforeOffsets or TransactionScene.JobKilledBeforeCommit:
                await ReplaceJobAsync(stop).ConfigureAwait(false);
                attempt = await AgainAsync(attempt, scene, stop).ConfigureAwait(false);
                break;
            case TransactionScene.JobKilledCommitLost:
                await CommitThroughAsync(EndFate.KeepRequest, stop).ConfigureAwait(false);
                await ReplaceJobAsync(stop).ConfigureAwait(false);
                attempt = await AgainAsync(attempt, scene, stop).ConfigureAwait(false);
                break;
            case TransactionScene.JobKilledCommitDone:
                await CommitThroughAsync(EndFate.KeepAnswer, stop).ConfigureAwait(false);
                await ReplaceJobAsync(stop).ConfigureAwait(false);
                break;
            case TransactionScene.BrokerKilledInside:
                await ReplaceBrokerAsync(stop).ConfigureAwait(false);
                await _job!.CommitAsync(stop).ConfigureAwait(false);
                break;
            case TransactionScene.BrokerKilledAtCommit:
                await CommitThroughAsync(EndFate.KeepAnswer, stop).ConfigureAwait(false);
                await ReplaceBrokerAsync(stop).ConfigureAwait(false);
                await _job!.CommittedAsync(stop).ConfigureAwait(false);
                break;
            case TransactionScene.ZombieWakesUp:
                attempt = await WakeZombieAsync(attempt, scene, stop).ConfigureAwait(false);
                break;
        }
        await CommittedAsync(attempt, scene, stop).ConfigureAwait(false);
    }

    async Task<int> WriteAsync(JobProcess job, PlannedScene scene, CancellationToken stop)
    {
        int[] counts = [scene.First, scene.Second];
        var attempt = _ledger.Begin([.. Enumerable.Range(0, JobSettings.Partitions)
            .SelectMany(partition => Enumerable.Range(0, counts[partition]).Select(number => JobSettings.InputAt(partition, _position[partition] + number)))]);
        await job.WriteAsync(attempt, scene, stop).ConfigureAwait(false);
        return attempt;
    }

    /// <summary>The attempt came to nothing: the same inputs once more.</summary>
    async Task<int> AgainAsync(int failed, PlannedScene scene, CancellationToken stop)
    {
        _ledger.Ended(failed, committed: false);
        var attempt = await WriteAsync(_job!, scene, stop).ConfigureAwait(false);
        await _job!.SendOffsetsAsync(stop).ConfigureAwait(false);
        await LookBeforeEndAsync(attempt, stop).ConfigureAwait(false);
        await _job.CommitAsync(stop).ConfigureAwait(false);
        return attempt;
    }

    /// <summary>Completes when the network has struck; with another fate than <see cref="EndFate.KeepRequest"/> the broker has committed then.</summary>
    async Task CommitThroughAsync(EndFate fate, CancellationToken stop)
    {
        var struck = _network!.Arm(fate);
        await _job!.AskForCommitAsync().ConfigureAwait(false);
        await struck.WaitAsync(TimeSpan.FromSeconds(30), stop).ConfigureAwait(false);
        _faults = fate == EndFate.KeepRequest ? _faults with { RequestsLost = _faults.RequestsLost + 1 }
            : _faults with { AnswersLost = _faults.AnswersLost + 1 };
    }

    async Task ReplaceJobAsync(CancellationToken stop)
    {
        await _job!.KillAsync().ConfigureAwait(false);
        await _job.DisposeAsync().ConfigureAwait(false);
        _faults = _faults with { JobsKilled = _faults.JobsKilled + 1 };
        _job = await JobProcess.StartAsync(_network!.Port, stop).ConfigureAwait(false);
    }

    async Task ReplaceBrokerAsync(CancellationToken stop)
    {
        progress.Step($"  killing the broker in the middle of transaction {_ledger.Count}, and starting it again on the same data");
        var port = _broker!.Port;
        await _broker.KillAsync().ConfigureAwait(false);
        await _broker.DisposeAsync().ConfigureAwait(false);
        _faults = _faults with { BrokersKilled = _faults.BrokersKilled + 1 };
        _broker = await BrokerProcess.StartAsync(_folder, port, _network!.Port, stop).ConfigureAwait(false);
    }

    async Task<int> WakeZombieAsync(int attempt, PlannedScene scene, CancellationToken stop)
    {
        await using var zombie = _job!;
        _job = await JobProcess.StartAsync(_network!.Port, stop).ConfigureAwait(false);
        var next = await AgainAsync(attempt, scene, stop).ConfigureAwait(false);
        if (await zombie.TryCommitAsync(stop).ConfigureAwait(false) is null) _zombiesTaken++;
        else _zombiesRefused++;
        return next;
    }

    async Task CommittedAsync(int attempt, PlannedScene scene, CancellationToken stop)
    {
        _ledger.Ended(attempt, committed: true);
        (_position[0], _position[1]) = (_position[0] + scene.First, _position[1] + scene.Second);
        await _committed!.LookAsync(attempt, stop).ConfigureAwait(false);
        await _uncommitted!.LookAsync(attempt, stop).ConfigureAwait(false);
        if (!_ledger.IsWhole(attempt, _committed.Found)) _lateCommitted++;
        if (!_ledger.IsWhole(attempt, _uncommitted.Found)) _lateUncommitted++;
        await LookAtPositionAsync(stop).ConfigureAwait(false);
    }

    async Task LookBeforeEndAsync(int attempt, CancellationToken stop)
    {
        _earlyCommitted += await _committed!.LookAsync(attempt, stop).ConfigureAwait(false);
        _earlyUncommitted += await _uncommitted!.LookAsync(attempt, stop).ConfigureAwait(false);
    }

    /// <summary>The group's position and the results move by one step, so behind a commit they are never apart.</summary>
    async Task LookAtPositionAsync(CancellationToken stop)
    {
        await using var admin = new AdminClient([new("bootstrap.servers", Bootstrap)]);
        var offsets = await admin.Groups.OffsetsAsync(JobSettings.Group, stop).ConfigureAwait(false);
        for (var partition = 0; partition < JobSettings.Partitions; partition++)
            if (offsets.GetValueOrDefault(new TopicPartition(JobSettings.Inputs, partition))?.Offset != _position[partition]) _offsetsApart++;
    }
}
