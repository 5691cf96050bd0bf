using System.Text.RegularExpressions;
using Semel.Peers;

namespace Semel.Architecture.Tests;

/// <summary>Rules of the house that a machine can hold.</summary>
public partial class HouseRulesTests
{
    static readonly string[] Skipped = ["bin", "obj", ".git", "artifacts", "TestResults"];

    static IEnumerable<string> Files(params string[] endings) =>
        Walk(Repository.Root).Where(file => endings.Any(ending => file.EndsWith(ending, StringComparison.Ordinal)));

    static IEnumerable<string> Walk(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder)) yield return file;
        foreach (var inner in Directory.EnumerateDirectories(folder))
            if (!Skipped.Contains(Path.GetFileName(inner)))
                foreach (var file in Walk(inner)) yield return file;
    }

    static IEnumerable<string> LinesThat(Regex match, IEnumerable<string> files) =>
        from file in files
        where Path.GetFileName(file) != $"{nameof(HouseRulesTests)}.cs"
        from line in File.ReadLines(file).Select((text, index) => (Text: text, Number: index + 1))
        where match.IsMatch(line.Text)
        select $"{Path.GetRelativePath(Repository.Root, file)}:{line.Number}: {line.Text.Trim()}";

    [Fact]
    public void No_file_names_a_path_of_one_machine() =>
        Assert.Empty(LinesThat(MachinePath(), Files(".cs", ".md", ".csproj", ".props", ".sh", ".tsv", ".schema", "/semel", "/test", "/run")));

    [Fact]
    public void No_source_holds_a_stub_or_a_skipped_test() => Assert.Empty(LinesThat(Stub(), Files(".cs")));

    [Fact]
    public void No_test_sleeps_for_a_fixed_time() =>
        Assert.Empty(LinesThat(Sleep(), Files(".cs").Where(file => file.Contains($"{Path.DirectorySeparatorChar}tests{Path.DirectorySeparatorChar}"))));

    [Fact]
    public void No_class_is_split_by_partial_except_where_a_generator_fills_it() =>
        Assert.DoesNotContain(LinesThat(Partial(), Files(".cs")), line => !GeneratorFills(line));

    static bool GeneratorFills(string line)
    {
        var source = File.ReadAllText(Path.Combine(Repository.Root, line[..line.IndexOf(':')]));
        return source.Contains("[LoggerMessage") || source.Contains("[LibraryImport") || source.Contains("[GeneratedRegex") || source.Contains("JsonSerializerContext");
    }

    [Fact]
    public void Every_decision_is_numbered_once_and_has_context_choice_and_price()
    {
        var decisions = Files(".md").Where(file => file.Contains(Path.Combine("docs", "decisions"))).ToList();
        Assert.NotEmpty(decisions);
        Assert.Equal(decisions.Count, decisions.Select(file => Path.GetFileName(file)[..4]).Distinct().Count());
        foreach (var file in decisions)
            foreach (var heading in new[] { "## Context", "## Choice", "## Price" })
                Assert.True(File.ReadAllText(file).Contains(heading), $"{Path.GetFileName(file)} has no {heading}");
    }

    [GeneratedRegex(@"(?<![\w.])/(work|root|home/\w+)/")]
    private static partial Regex MachinePath();

    [GeneratedRegex(@"NotImplementedException|\bTODO\b|\bFIXME\b|\bHACK\b|\[(Fact|Theory)\(Skip")]
    private static partial Regex Stub();

    [GeneratedRegex(@"Thread\.Sleep\(|await Task\.Delay\(\d")]
    private static partial Regex Sleep();

    [GeneratedRegex(@"^\s*([a-z]+ )*partial (class|record|struct)\b")]
    private static partial Regex Partial();
}
