namespace Semel.Client.Producing.Partitioning;

/// <summary>CRC-32 as in zip files (polynomial 0xEDB88320): how librdkafka places keys. Not the CRC-32C of record batches.</summary>
internal static class Crc32
{
    static readonly uint[] Table = MakeTable();

    static uint[] MakeTable()
    {
        var table = new uint[256];
        for (uint entry = 0; entry < table.Length; entry++)
        {
            var value = entry;
            for (var bit = 0; bit < 8; bit++) value = (value & 1) != 0 ? (value >> 1) ^ 0xEDB88320 : value >> 1;
            table[entry] = value;
        }
        return table;
    }

    public static uint Hash(ReadOnlySpan<byte> data)
    {
        var hash = uint.MaxValue;
        foreach (var value in data) hash = Table[(byte)(hash ^ value)] ^ (hash >> 8);
        return ~hash;
    }
}
