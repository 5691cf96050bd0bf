using System.Globalization;
using System.Text;

namespace Semel.Log.Tests.Segments.Damaged;

/// <summary>
/// The n-th read of a start, of reading everything and of lookups meets a place that the device does not give, for every n there is: everything is equal, or what the place belongs
/// to is told by file while all other logs are equal. SEMEL_READ_FAULT_TABLE names a file that the table of files and outcomes is written to.
/// </summary>
public sealed class ReadFaultTests
{
    /// <summary>More of them in the long run, which <see cref="DamagedFolderTests"/> is asked for.</summary>
    static int Appends => Semel.Peers.Surroundings.Variable("SEMEL_DAMAGED_COPIES") is null ? 14 : 40;

    public static TheoryData<int, int> All()
    {
        var all = new TheoryData<int, int>();
        foreach (var ending in Enum.GetValues<Ending>())
            foreach (var fault in Enum.GetValues<ReadFault>()) all.Add((int)ending, (int)fault);
        return all;
    }

    [LinuxTheory, MemberData(nameof(All))]
    public async Task A_read_that_fails_at_any_moment_hides_nothing(int how, int what)
    {
        var (ending, fault) = ((Ending)how, (ReadFault)what);
        using var sound = await SoundFolder.Make(70 + how, ending, Appends);
        var table = new SortedDictionary<string, int[]>(StringComparer.Ordinal);
        for (var n = 0; ; n++)
        {
            var read = new FaultyRead(n, fault);
            using var copy = sound.Folder.Copy();
            Outcome outcome;
            try
            {
                outcome = await Task.Run(() => Verdict.Of(
                    SoundFolder.OptionsOf(copy.Path, ending) with { Read = read }, sound,
                    name => read.Path is { } path && path.StartsWith(copy.Of("logs", Semel.Log.Segments.Files.LogFolderName.Of(name)) + Path.DirectorySeparatorChar, StringComparison.Ordinal),
                    () => read.Path is { } path && path.StartsWith(copy.Of("journal"), StringComparison.Ordinal),
                    andAppend: true, new Random(n))).WaitAsync(TimeSpan.FromSeconds(60));
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"{ending}, {fault} at read {n}, in {read.Path}: {failure.GetType().Name} {failure.Message}", failure);
            }
            if (read.Path is not { } hit)
            {
                Assert.Equal(Outcome.Equal, outcome);
                Assert.InRange(n, 20, int.MaxValue);
                break;
            }
            var file = Path.GetExtension(hit) is { Length: > 0 } extension ? extension : Path.GetFileName(hit);
            if (!table.TryGetValue(file, out var counts)) table.Add(file, counts = new int[Enum.GetValues<Outcome>().Length]);
            counts[(int)outcome]++;
        }
        // What can be made again or done without is.
        foreach (var (file, counts) in table.Where(row => row.Key is ".index" or ".timeindex" or ".snapshot" or ".points" or ".descriptor"))
            Assert.True(counts.Sum() == counts[(int)Outcome.Equal], $"{file}: {string.Join(", ", counts)}");
        if (Semel.Peers.Surroundings.Variable("SEMEL_READ_FAULT_TABLE") is { Length: > 0 } to) File.WriteAllText($"{to}.{ending}.{fault}", TableOf(table));
    }

    static string TableOf(SortedDictionary<string, int[]> table)
    {
        var text = new StringBuilder($"| file | {string.Join(" | ", Enum.GetNames<Outcome>())} |\n|---|{string.Concat(Enum.GetNames<Outcome>().Select(_ => "---|"))}\n");
        foreach (var (file, counts) in table) text.Append(CultureInfo.InvariantCulture, $"| {file} | {string.Join(" | ", counts)} |\n");
        return text.ToString();
    }
}
