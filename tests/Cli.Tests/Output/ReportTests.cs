using System.Text;
using Semel.Cli.Output;

namespace Semel.Cli.Tests.Output;

public sealed class ReportTests
{
    sealed record Row(string Name, long? Count, bool IsOpen, string[] Parts);

    static readonly Report<Row> Rows = new(
        new("NAME", "name", row => row.Name),
        new("COUNT", "count", row => row.Count) { Absent = "None" },
        new(null, "isOpen", row => row.IsOpen),
        new("PARTS", null, row => Cell.Of(row.Parts)));

    static string Written(Action<OutputText> write)
    {
        using var stream = new MemoryStream();
        using (var output = new OutputText(stream)) write(output);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    [Fact]
    public void A_column_stands_in_the_table_in_JSON_or_in_both()
    {
        Row[] rows = [new("a", 5, true, ["x", "y"]), new("", null, false, [])];
        Assert.Equal("NAME  COUNT  PARTS\na     5      x,y\n-     None   -\n", Written(output => Rows.Write(output, asJson: false, rows)));
        Assert.Equal("""[{"name":"a","count":5,"isOpen":true},{"name":"","isOpen":false}]""", Written(output => Rows.Write(output, asJson: true, rows)).Replace("\n", "").Replace(" ", ""));
    }

    [Fact]
    public void A_single_row_is_an_object_and_no_rows_are_an_empty_list()
    {
        Assert.Equal("""{"name":"b","count":0,"isOpen":false}""", Written(output => Rows.WriteOne(output, asJson: true, new("b", 0, false, []))).Replace("\n", "").Replace(" ", ""));
        Assert.Equal("[]\n", Written(output => Rows.Write(output, asJson: true, [])));
        Assert.Equal("NAME  COUNT  PARTS\n", Written(output => Rows.Write(output, asJson: false, [])));
    }

    [Fact]
    public void Lists_and_texts_are_written_as_JSON_has_them() => Assert.Equal("""[{"parts":["a\"b","c"],"text":"\\"}]""",
        Written(output => new Report<int>(new("P", "parts", _ => Cell.Of(["a\"b", "c"])), new("T", "text", _ => "\\")).Write(output, asJson: true,
            [1])).Replace("\n", "").Replace(" ", ""));
}
