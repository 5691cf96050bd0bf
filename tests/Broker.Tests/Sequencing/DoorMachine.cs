using System.Buffers;
using System.Buffers.Binary;
using Semel.Broker.Sequencing;
using Semel.Broker.Tests.Support;
using Semel.Log;
using Semel.Machines.Producers;
using Semel.Machines.Turn;
using Semel.Protocol.Records;

namespace Semel.Broker.Tests.Sequencing;

/// <summary>What the machine of these tests is asked for.</summary>
internal enum DoorCommandKind
{
    /// <summary>Writes a batch, and is answered in its turn.</summary>
    Write,
    /// <summary>Is answered in its turn; writes nothing.</summary>
    Look,
    /// <summary>Waits until somebody opens.</summary>
    Knock,
    /// <summary>As <see cref="Knock"/>, and writes a batch.</summary>
    KnockAndWrite,
    /// <summary>Answers all that wait, the last first; writes nothing.</summary>
    Open,
    /// <summary>As <see cref="Open"/>, and writes a batch.</summary>
    OpenAndWrite,
    /// <summary>Writes a batch and asks for a ring.</summary>
    Ring,
    /// <summary>Breaks an invariant.</summary>
    Break,
    /// <summary>Waits under a ticket that was given already.</summary>
    KnockTwice,
    /// <summary>Opens to one that does not wait.</summary>
    OpenToNobody,
}

internal readonly record struct DoorCommand(DoorCommandKind Kind, int Number = 0)
{
    public static implicit operator DoorCommand(DoorCommandKind kind) => new(kind);
}

internal sealed record DoorView(long LogStartOffset, long LastStableOffset, long HighWatermark) : IReadView
{
    public AbortedTransactions AbortedTransactions => AbortedTransactions.None;
}

/// <summary>An effect that says how many batches there were.</summary>
internal sealed record Ring(long Written) : Effect;

/// <summary>A machine whose log counts batches, with commands that wait for others, and a ring for each batch that is still outstanding after a load.</summary>
internal sealed class DoorMachine : IMachine<DoorCommand, string, DoorView>
{
    readonly List<long> _waiting = [];
    long _written, _tickets;

    public DoorView View { get; private set; } = new(0, 0, 0);
    public TimeSpan? NextDeadline { get; init; }
    public bool RingsAfterLoad { get; init; } = true;

    public static Sequencer<DoorCommand, string, DoorView> Sequencer(ILogStore store, TimeProvider? time = null, Action<IReadOnlyList<Effect>>? effects = null,
        TimeSpan? deadline = null, DoorCommandKind tick = DoorCommandKind.Write) => new(new()
    {
        LogName = "door",
        OpenLog = static store => store.OpenOrCreate("door", new LogOptions()),
        NewMachine = _ => new DoorMachine { NextDeadline = deadline },
        StorageFailed = static reason => $"storage failed: {reason}",
        Stopped = "stopped",
        Effects = effects,
        Tick = deadline is null ? null : () => tick,
        MakesRoom = static command => command.Kind == DoorCommandKind.Knock && command.Number == MakesRoom,
    }, SequencerHost.Of(store, time ?? TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance));

    /// <summary>The number of a knock that counts as one that makes room.</summary>
    public const int MakesRoom = -1;

    public void Decide(in DoorCommand command, Moment now, TurnOutput<string> output)
    {
        if (command.Kind is DoorCommandKind.Write or DoorCommandKind.KnockAndWrite or DoorCommandKind.OpenAndWrite or DoorCommandKind.Ring)
            output.Append(Batch());
        switch (command.Kind)
        {
            case DoorCommandKind.Knock or DoorCommandKind.KnockAndWrite:
                _waiting.Add(++_tickets);
                output.Park(_tickets);
                return;
            case DoorCommandKind.KnockTwice:
                output.Park(_tickets);
                return;
            case DoorCommandKind.Open or DoorCommandKind.OpenAndWrite:
                for (var last = _waiting.Count - 1; last >= 0; last--) output.Answer(_waiting[last], $"opened by {command.Number}");
                _waiting.Clear();
                break;
            case DoorCommandKind.OpenToNobody:
                output.Answer(_tickets + 1, "nobody");
                break;
            case DoorCommandKind.Ring:
                output.Emit(new Ring(_written + 1));
                break;
            case DoorCommandKind.Break:
                throw new InvariantBrokenException("as the test wants");
        }
        output.Reply($"done {command.Number}");
    }

    byte[] Batch()
    {
        var batch = TestBatch.Plain("x");
        BinaryPrimitives.WriteInt64BigEndian(batch, _written);
        return batch;
    }

    public void Evolve(in RecordBatchHeader header, ReadOnlySpan<byte> batch, Moment appendedAt)
    {
        _written = header.NextOffset;
        View = new(0, _written, _written);
    }

    public void Resume(Moment now, TurnOutput<string> output)
    {
        if (RingsAfterLoad && _written > 0) output.Emit(new Ring(_written));
    }

    public void StartMoved(long offset) { }
    public void Save(IBufferWriter<byte> snapshot, Moment now) { }
    public bool TryLoad(ReadOnlySpan<byte> snapshot, Moment now) => false;
}
