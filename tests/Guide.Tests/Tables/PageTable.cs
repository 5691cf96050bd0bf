using Semel.Peers;

namespace Semel.Guide.Tests.Tables;

/// <summary>The rows of a table of a page, each as its cells.</summary>
static class PageTable
{
    public static string PathOf(string page) => Path.Combine(Repository.Root, "docs", "guide", page);

    /// <param name="heading">How the line of the headings begins.</param>
    public static IReadOnlyList<string[]> Read(string page, string heading) =>
        [.. File.ReadAllLines(PathOf(page)).SkipWhile(line => !line.StartsWith(heading, StringComparison.Ordinal)).Skip(2).TakeWhile(line =>
            line.StartsWith('|')).Select(Cells)];

    public static string[] Cells(string line) => [.. line.Trim().Trim('|').Split('|').Select(cell => cell.Trim())];
}
