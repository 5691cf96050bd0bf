using System.Text.RegularExpressions;
using Semel.Client;
using Semel.Client.Errors;
using Semel.Peers;
using Semel.Protocol;

namespace Semel.Guide.Tests.Tables;

/// <summary>The page of errors has each code there is, with what the client makes of it.</summary>
public sealed partial class ErrorPageTests
{
    const string Elsewhere = "Apache Kafka only";

    static IReadOnlyList<string[]> Rows => PageTable.Read("errors.md", "| number | code |");

    [Fact]
    public void Each_code_has_one_row_with_its_number_and_its_class()
    {
        var expected = Enum.GetValues<ErrorCode>().OrderBy(code => (short)code).Select(code => $"{(short)code} `{code}` {ErrorTable.Of(code).Class}");
        Assert.Equal(expected, Rows.Select(row => string.Join(' ', row.Take(3))));
        Assert.All(Rows, row => Assert.True(row is [_, _, _, { Length: > 0 }, { Length: > 0 }], $"{row[1]} does not say when and what to do"));
    }

    [Fact]
    public void Each_local_code_has_one_row()
    {
        var rows = PageTable.Read("errors.md", "| code | when |");
        Assert.Equal(Enum.GetNames<LocalErrorCode>().Where(name => name != nameof(LocalErrorCode.None)).Order(StringComparer.Ordinal), rows
            .Select(row => row[0].Trim('`')).Order(StringComparer.Ordinal));
        Assert.All(rows, row => Assert.True(row is [_, { Length: > 0 }, { Length: > 0 }], $"{row[0]} does not say when and what to do"));
    }

    [Fact]
    public void Each_class_is_explained() => Assert.Equal(Enum.GetNames<ErrorClass>().Order(StringComparer.Ordinal), PageTable.Read("errors.md", "| class |")
        .Select(row => row[0].Trim('`')).Order(StringComparer.Ordinal));

    /// <summary>Read from the broker's sources: a code that stands in none of them is never answered.</summary>
    [Fact]
    public void What_is_said_to_come_from_elsewhere_is_answered_by_no_line_of_the_broker()
    {
        var named = new[] { "Broker", "Machines", "Log" }.SelectMany(room =>
            Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", room), "*.cs", SearchOption.AllDirectories))
            .SelectMany(file => Code().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value)).ToHashSet();
        Assert.Contains(nameof(ErrorCode.OffsetOutOfRange), named);
        Assert.All(Rows.Where(row => row[4] == Elsewhere), row => Assert.DoesNotContain(row[1].Trim('`'), named));
    }

    [GeneratedRegex(@"\bErrorCode\.(\w+)")]
    private static partial Regex Code();
}
