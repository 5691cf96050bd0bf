using System.Buffers;
using Semel.Machines.Groups;
using Semel.Machines.Turn;

namespace Semel.Testing.Simulation.Transactions;

/// <summary>Compares a group coordinator's live state with the one folded from its log. When producers were last heard of is left out: a replay knows only a
/// later bound.</summary>
internal static class GroupDifference
{
    public static string? Between(byte[] live, byte[] replayed) =>
        Timeless(live).AsSpan().SequenceEqual(Timeless(replayed)) ? null : "groups, offsets, or what is pending";

    static byte[] Timeless(byte[] snapshot)
    {
        Invariant.Check(GroupSnapshot.TryRead(snapshot, default, PlantedFault.None, out var state), "a machine reads what it saved");
        for (var position = 0; position < state.Producers.Table.Count; position++) state.Producers.Table[position].HeardAt = default;
        var bytes = new ArrayBufferWriter<byte>();
        GroupSnapshot.Write(state, bytes, default, PlantedFault.None);
        return bytes.WrittenSpan.ToArray();
    }
}
