using System.Text.RegularExpressions;
using Semel.Peers;

namespace Semel.Guide.Tests;

public sealed partial class LinkTests
{
    static string Folder => Path.Combine(Repository.Root, "docs", "guide");

    static IEnumerable<string> Links(string page) => Link().Matches(File.ReadAllText(page)).Select(match => match.Groups[1].Value)
        .Where(target => !target.Contains("://", StringComparison.Ordinal));

    [Fact]
    public void Every_link_leads_to_a_file() =>
        Assert.All(Directory.EnumerateFiles(Folder, "*.md").SelectMany(page => Links(page).Select(target => (Page: Path.GetFileName(page), Target: target))),
            link => Assert.True(File.Exists(Path.Combine(Folder, link.Target.Split('#')[0])), $"{link.Page} leads to {link.Target}, which is not there"));

    [Fact]
    public void The_first_page_leads_to_all_others()
    {
        var pages = Directory.EnumerateFiles(Folder, "*.md").Select(Path.GetFileName).Where(name => name != "README.md").Order(StringComparer.Ordinal);
        Assert.Equal(pages, Links(Path.Combine(Folder, "README.md")).Where(target => !target.StartsWith("..", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"\]\(([^)#]+)(?:#[^)]*)?\)")]
    private static partial Regex Link();
}
