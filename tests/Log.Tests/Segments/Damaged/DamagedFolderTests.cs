using System.Globalization;
using System.Text;

namespace Semel.Log.Tests.Segments.Damaged;

/// <summary>
/// Copies of data folders, each with one file or folder of it damaged, opened and read: equal to what was acknowledged, or refused with file and position while all other logs are
/// equal. Nothing silent, nobody stuck, no other exception.
/// <para>
/// Left out is what nobody can tell: damage to the journal after a power cut, where the last groups of it cannot be told from ones that were never forced; damage to a large
/// append that was the very last before a power cut, of which the journal's note was not forced yet; and a change of a batch's leader epoch, which Kafka's checksum leaves out.
/// </para>
/// <para>SEMEL_DAMAGED_COPIES sets how many copies are tried, SEMEL_DAMAGED_TABLE names a file that the table of kinds and outcomes is written to.</para>
/// </summary>
public sealed class DamagedFolderTests
{
    const int Usual = 200, Appends = 110, CopiesOfOne = 40;
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    static int Copies => int.TryParse(Semel.Peers.Surroundings.Variable("SEMEL_DAMAGED_COPIES"), CultureInfo.InvariantCulture, out var copies) ? copies : Usual;

    [LinuxTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_damaged_copy_is_equal_or_told(int part)
    {
        var ending = (Ending)part;
        var table = new SortedDictionary<string, int[]>(StringComparer.Ordinal);
        var (copies, made) = (Copies / 4, 0);
        while (made < copies)
        {
            var seed = part * 1_000_000 + made;
            using var sound = await SoundFolder.Make(seed, ending, Appends);
            using var foreign = await SoundFolder.Make(seed + 500_000, ending, Appends / 3);
            for (var copy = 0; copy < CopiesOfOne && made < copies; copy++, made++)
            {
                // The kinds take turns over all folders.
                var kind = DamageKinds.All[made % DamageKinds.All.Count];
                if (kind.File == "journal" && ending == Ending.PowerCut) continue;
                if (await Try(sound, foreign, kind, seed + copy) is not { } outcome) continue;
                var row = $"{kind.File}: {kind.Change}";
                if (!table.TryGetValue(row, out var counts)) table.Add(row, counts = new int[Enum.GetValues<Outcome>().Length]);
                counts[(int)outcome]++;
            }
        }
        Assert.True(table.Values.Sum(counts => counts.Sum()) > copies / 2);
        if (Semel.Peers.Surroundings.Variable("SEMEL_DAMAGED_TABLE") is { Length: > 0 } path) File.WriteAllText($"{path}.{ending}", TableOf(table));
    }

    static async Task<Outcome?> Try(SoundFolder sound, SoundFolder foreign, (string File, string Change) kind, int seed)
    {
        var random = new Random(seed);
        using var copy = sound.Folder.Copy();
        if (DamageKinds.Apply(kind.File, kind.Change, copy, foreign.Folder, random) is not { } damage) return null;
        var damaged = damage.Log?.Split('|') ?? [];
        Outcome? first = null;
        try
        {
            foreach (var andAppend in new[] { false, true })
            {
                var outcome = await Task.Run(() => Verdict.Of(SoundFolder.OptionsOf(copy.Path, sound.Ending), sound, damaged.Contains, () => damage.MayRefuseAll, andAppend, random)).WaitAsync(Longest);
                // Opening it does not make it worse, nor better.
                if (first is { } before) Assert.Equal(before, outcome);
                first = outcome;
            }
            return first;
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"seed {seed}, {sound.Ending}, {damage.Description}{(first is null ? "" : $", opened again after {first}")}: {failure.GetType().Name} {failure.Message}", failure);
        }
    }

    static string TableOf(SortedDictionary<string, int[]> table)
    {
        var text = new StringBuilder($"| kind | {string.Join(" | ", Enum.GetNames<Outcome>())} |\n|---|{string.Concat(Enum.GetNames<Outcome>().Select(_ => "---|"))}\n");
        foreach (var (kind, counts) in table) text.Append(CultureInfo.InvariantCulture, $"| {kind} | {string.Join(" | ", counts)} |\n");
        return text.ToString();
    }
}
