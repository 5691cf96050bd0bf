using System.Buffers;
using Semel.Machines.Partition;
using Semel.Machines.Producers;
using Semel.Machines.Turn;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Tests.Partition;

/// <summary>A partition machine with the turns around it and a list of batches for a log: what a shell does, without I/O.</summary>
internal sealed class TestPartition
{
    readonly List<(byte[] Bytes, Moment AppendedAt)> _log = [];
    readonly PlantedFault _fault;
    TurnRunner<PartitionCommand, PartitionReply, PartitionView> _turns;
    PartitionOptions _options;
    long _start;

    public TestPartition(PartitionOptions? options = null, PlantedFault fault = PlantedFault.None)
    {
        (_options, _fault) = (options ?? PartitionOptions.Default, fault);
        Machine = new PartitionMachine(_options, Awaited, Guards, fault);
        _turns = new(Machine);
    }

    public PartitionMachine Machine { get; private set; }

    /// <summary>What the process remembers, whatever becomes of its machines.</summary>
    public AwaitedSequences Awaited { get; set; } = new();

    public GuardNumbers Guards { get; } = new();

    /// <summary>All ids that tests use, unless they say so.</summary>
    public ProducerIdRange GivenOut { get; set; } = EveryId;
    static readonly ProducerIdRange EveryId = new(new(0), new(1_000_000));

    /// <summary>The log is not open, or has failed: the shell refuses.</summary>
    public void RefuseUndecided(byte[] batch) => Awaited.Refused(TestBatch.Header(batch), Steady);

    /// <summary>The clock on the wall. Moving it lets that time pass.</summary>
    public Instant Now { get; set; } = new(1_000_000);

    /// <summary>How far the clock on the wall was set, without that time passing.</summary>
    TimeSpan _wallShift;

    public TimeSpan Steady => TimeSpan.FromMilliseconds(Now.UnixMilliseconds) - _wallShift;
    public Moment Moment => new(Now, Steady);

    public void SetWallClock(TimeSpan by)
    {
        Now += by;
        _wallShift += by;
    }

    /// <summary>The computer starts again: its steady clock with it.</summary>
    public void Reboot(TimeSpan up) => _wallShift = TimeSpan.FromMilliseconds(Now.UnixMilliseconds) - up;

    public long EndOffset => Machine.View.HighWatermark;
    public long Lso => Machine.View.LastStableOffset;
    public IReadOnlyList<(byte[] Bytes, Moment AppendedAt)> Log => _log;

    /// <summary>One turn in which all commands are decided.</summary>
    public PartitionReply[] Turn(params PartitionCommand[] commands)
    {
        _turns.Decide(commands, Moment);
        foreach (var batch in _turns.Output.Appends) _log.Add((batch.ToArray(), Moment));
        if (_turns.Output.StartOffset is { } start) _start = start;
        return [.. _turns.Output.Replies];
    }

    public static PartitionCommand Command(byte[] batch) => Command(batch, EveryId);
    static PartitionCommand Command(byte[] batch, ProducerIdRange givenOut) => PartitionCommand.Append(TestBatch.Header(batch), batch, givenOut);

    public PartitionReply Append(byte[] batch) => Turn(Command(batch, GivenOut))[0];

    public PartitionReply Append(long producerId, short epoch, int baseSequence, int records = 1, bool transactional = false) =>
        Append(TestBatch.Of(producerId, epoch, baseSequence, records, transactional));

    public PartitionReply Begin(byte[] batch, bool second = false) => Turn(PartitionCommand.BeginVerification(TestBatch.Header(batch), second))[0];

    public PartitionReply Append(byte[] batch, long guard, bool second = false) =>
        Turn(PartitionCommand.AppendTransactional(TestBatch.Header(batch), batch, GivenOut, guard, second))[0];

    /// <summary>As a shell writes a transactional batch, whose coordinator says yes.</summary>
    /// <param name="second">By the second transaction protocol.</param>
    public PartitionReply Write(long producerId, short epoch, int baseSequence, int records = 1, bool second = false)
    {
        var batch = TestBatch.Of(producerId, epoch, baseSequence, records, transactional: true);
        if (Machine.View.OpenTransactions.IsOpen(new(producerId), new(epoch))) return Append(batch, guard: 0, second);
        var begun = Begin(batch, second);
        return begun.Error != ErrorCode.None || begun.Decision == SequenceDecision.Duplicate ? begun : Append(batch, begun.Guard, second);
    }

    /// <summary>The coordinator ends a transaction here.</summary>
    public PartitionReply End(long producerId, short epoch, bool commit = true, int coordinatorEpoch = 7, short version = 1) =>
        Turn(PartitionCommand.EndTransaction(new(new(producerId), new(epoch), commit, coordinatorEpoch, version)))[0];

    /// <summary>What reading committed records from here to the last stable offset has to leave out.</summary>
    public IReadOnlyList<AbortedTransaction> AbortedFrom(long offset) => Machine.View.AbortedTransactions.Between(offset, Lso);

    /// <summary>A batch that this machine would not decide (transactional data, a marker) is put into the log, as a replay would find it.</summary>
    public void Replay(byte[] batch)
    {
        RecordBatchHeader.StampPlace(batch, EndOffset, 0);
        _log.Add((batch, Moment));
        Machine.Evolve(TestBatch.Header(batch), batch, Moment);
    }

    public void ReplayTransactional(long producerId, short epoch, int baseSequence, int records = 1) =>
        Replay(TestBatch.Of(producerId, epoch, baseSequence, records, transactional: true));

    public void ReplayMarker(long producerId, short epoch, bool commit = true, int coordinatorEpoch = 7) =>
        Replay(ControlRecord.EndTransactionMarker(commit, new ProducerId(producerId), new ProducerEpoch(epoch), coordinatorEpoch, Now.UnixMilliseconds));

    public PartitionReply Delete(long beforeOffset) => Turn(PartitionCommand.DeleteRecords(beforeOffset, GivenOut))[0];
    public void Expire() => Turn(PartitionCommand.ExpireProducers);
    /// <summary>As <see cref="Expire"/>, and what is asked for.</summary>
    public IReadOnlyList<Effect> Tick()
    {
        Expire();
        return [.. _turns.Output.Effects];
    }

    public IReadOnlyList<ProducerDescription> Producers() => Turn(PartitionCommand.DescribeProducers)[0].Producers!;

    public byte[] Save() => SaveOf(Machine);

    public byte[] SaveOf(PartitionMachine machine)
    {
        var bytes = new ArrayBufferWriter<byte>();
        machine.Save(bytes, Moment);
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>What a process that starts anew does: snapshot, then the log's start, then what the log has after it.</summary>
    /// <param name="isLater">As a process does, which knows only that everything was appended before now; else every batch has its own time.</param>
    public PartitionMachine Rebuilt(byte[]? snapshot, bool isLater = false)
    {
        var machine = new PartitionMachine(_options, Awaited, Guards, _fault);
        if (snapshot is not null) Assert.True(machine.TryLoad(snapshot, Moment));
        machine.StartMoved(_start);
        foreach (var (bytes, appendedAt) in _log)
        {
            var header = TestBatch.Header(bytes);
            if (header.NextOffset > machine.View.HighWatermark) machine.Evolve(header, bytes, isLater ? Moment : appendedAt);
        }
        return machine;
    }

    /// <summary>Goes on with a machine that was built from a snapshot of now.</summary>
    public void RestartCleanly() => GoOnWith(Rebuilt(Save(), isLater: true));

    /// <summary>Goes on with a machine that was built from the log alone.</summary>
    public void RestartWithoutSnapshot() => GoOnWith(Rebuilt(null, isLater: true));

    /// <summary>The last batches are gone from the log, as after a crash that tore them off; the state is built from what is left.</summary>
    public void CrashAndLose(int batches)
    {
        _log.RemoveRange(_log.Count - batches, batches);
        RestartWithoutSnapshot();
    }

    public void GoOnWith(PartitionMachine machine)
    {
        Machine = machine;
        _turns = new(machine);
    }
}
