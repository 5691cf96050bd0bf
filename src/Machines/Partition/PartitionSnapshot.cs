using System.Buffers;
using Semel.Machines.Producers;
using Semel.Machines.Turn;
using Semel.Protocol;

namespace Semel.Machines.Partition;

/// <summary>A partition's state as bytes: where its log begins and ends, and its producers (<see cref="ProducersSnapshot"/>). The log guards the bytes by a checksum; here only their shape is checked.</summary>
internal static class PartitionSnapshot
{
    const short Version = 3, WithoutTransactions = 2, FirstVersion = 1;

    public static void Write(PartitionState state, IBufferWriter<byte> output, Moment now)
    {
        var writer = new SnapshotEncoder(output);
        writer.WriteInt16(Version);
        writer.WriteInt64(state.StartOffset);
        writer.WriteInt64(state.EndOffset);
        writer.WriteInt64(state.ForgottenUpTo.Value);
        ProducersSnapshot.Write(writer, state.Log, now);
    }

    public static bool TryRead(ReadOnlySpan<byte> bytes, Moment now, out PartitionState state)
    {
        var reader = new SnapshotDecoder(bytes);
        var version = reader.ReadInt16();
        state = PartitionState.Of(reader.ReadInt64(), reader.ReadInt64(), new ProducerId(reader.ReadInt64()));
        if (version is < FirstVersion or > Version || state.StartOffset < 0 || state.EndOffset < state.StartOffset) return false;
        var layout = version switch
        {
            FirstVersion => ProducersSnapshot.Layout.WallClock,
            WithoutTransactions => ProducersSnapshot.Layout.WithoutTransactions,
            _ => ProducersSnapshot.Layout.Present,
        };
        return ProducersSnapshot.TryRead(ref reader, layout, now, state.Log) && reader.IsComplete;
    }
}
