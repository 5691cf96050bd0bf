using System.Buffers;
using Semel.Log;
using Semel.Machines.Turn;

namespace Semel.Broker.Sequencing;

/// <summary>Saves a machine's state into its log's place for snapshots, once per end offset.</summary>
internal sealed class SnapshotWriter(ILog log, long savedOffset)
{
    long _savedOffset = savedOffset;

    /// <summary>Only between turns: the machine's state is that of the log's end, and all of it is durable.</summary>
    public void Save<TCommand, TReply, TView>(IMachine<TCommand, TReply, TView> machine, Moment now) where TView : class
    {
        var end = log.Bounds.EndOffset;
        if (end == _savedOffset) return;
        SaveAnew(machine, now);
    }

    /// <summary>As <see cref="Save"/>, also when one of this offset exists: the log's start is about to move, which no record tells.</summary>
    public void SaveAnew<TCommand, TReply, TView>(IMachine<TCommand, TReply, TView> machine, Moment now) where TView : class
    {
        var end = log.Bounds.EndOffset;
        var content = new ArrayBufferWriter<byte>();
        machine.Save(content, now);
        log.SaveSnapshot(end, content.WrittenSpan);
        _savedOffset = end;
    }
}
