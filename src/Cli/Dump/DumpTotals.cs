using System.Globalization;

namespace Semel.Cli.Dump;

/// <summary>What a whole dump saw.</summary>
public sealed record DumpTotals(int Files, long Batches, long Records, long Bytes, long DamagedPlaces)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Files} {(Files == 1 ? "file" : "files")}, {Batches} batches, {Records} records, {Bytes} bytes, {(DamagedPlaces == 0 ? "no damage" : $"{DamagedPlaces} damaged {(DamagedPlaces == 1 ? "place" : "places")}")}");
}
