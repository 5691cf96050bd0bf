using System.Text;
using Semel.Cli.Produce;

namespace Semel.Cli.Tests.Produce;

public sealed class LineFormatTests
{
    static LineRecord Parse(LineFormat format, string line)
    {
        var record = format.Parse(Encoding.UTF8.GetBytes(line), out var reason);
        Assert.Null(reason);
        return record!.Value;
    }

    static string? Text(ReadOnlyMemory<byte>? bytes) => bytes is { } present ? Encoding.UTF8.GetString(present.Span) : null;

    [Fact]
    public void Without_options_the_whole_line_is_the_value()
    {
        var record = Parse(new LineFormat(), "a\tb:c");
        Assert.Null(record.Key);
        Assert.Equal("a\tb:c", Text(record.Value));
        Assert.Empty(record.Headers);
    }

    [Fact]
    public void The_first_separator_ends_the_key()
    {
        var record = Parse(new LineFormat { KeySeparator = [(byte)':'] }, "k:v:w");
        Assert.Equal("k", Text(record.Key));
        Assert.Equal("v:w", Text(record.Value));
    }

    [Fact]
    public void A_line_without_separator_has_no_key_or_is_refused_where_a_key_is_required()
    {
        Assert.Null(Parse(new LineFormat { KeySeparator = [(byte)':'] }, "value").Key);
        Assert.Null(new LineFormat { KeySeparator = [9], KeyIsRequired = true }.Parse("value"u8.ToArray(), out var reason));
        Assert.Contains("no key separator '\\t'", reason);
    }

    [Fact]
    public void Empty_is_not_null_unless_it_is_said_to_be()
    {
        var format = new LineFormat { KeySeparator = [(byte)':'] };
        Assert.Equal("", Text(Parse(format, ":").Key));
        Assert.Equal("", Text(Parse(format, ":").Value));
        Assert.Null(Parse(format with { EmptyIsNull = true }, ":v").Key);
        Assert.Null(Parse(format with { EmptyIsNull = true }, "k:").Value);
    }

    [Fact]
    public void The_null_marker_counts_only_when_it_is_all_there_is()
    {
        var format = new LineFormat { KeySeparator = [(byte)':'], NullMarker = "NULL"u8.ToArray() };
        Assert.Null(Parse(format, "NULL:v").Key);
        Assert.Null(Parse(format, "k:NULL").Value);
        Assert.Equal("NULL!", Text(Parse(format, "k:NULL!").Value));
    }

    [Fact]
    public void Headers_come_first_and_may_be_none()
    {
        var format = new LineFormat { ParseHeaders = true, KeySeparator = [9], NullMarker = "-"u8.ToArray() };
        var record = Parse(format, "h1:v1,h2:-,h1:\tkey\tvalue");
        Assert.Equal(["h1=v1", "h2=", "h1="], record.Headers.Select(header => $"{header.Key}={Text(header.Value)}"));
        Assert.Null(record.Headers[1].Value);
        Assert.NotNull(record.Headers[2].Value);
        Assert.Equal("key", Text(record.Key));
        Assert.Equal("value", Text(record.Value));
        Assert.Empty(Parse(format, "\tkey\tvalue").Headers);
    }

    [Fact]
    public void Malformed_headers_are_refused_with_the_reason()
    {
        var format = new LineFormat { ParseHeaders = true };
        Assert.Null(format.Parse("value"u8.ToArray(), out var reason));
        Assert.Contains("no headers delimiter", reason);
        Assert.Null(format.Parse("novalue\tvalue"u8.ToArray(), out reason));
        Assert.Contains("the header 'novalue'", reason);
    }

    [Fact]
    public void A_null_marker_as_the_name_of_a_header_is_refused()
    {
        var format = new LineFormat { ParseHeaders = true, NullMarker = "NULL"u8.ToArray() };
        Assert.Null(format.Parse("a:1,NULL:v\tvalue"u8.ToArray(), out var reason));
        Assert.Contains("the name of a header is the null marker 'NULL'", reason);
        Assert.Null(Parse(format, "a:NULL\tvalue").Headers[0].Value);
    }

    [Fact]
    public void A_fixed_key_and_fixed_headers_are_given_to_every_record()
    {
        var format = new LineFormat { FixedKey = "k"u8.ToArray(), FixedHeaders = [new("h", "v"u8.ToArray())], ParseHeaders = true };
        var record = Parse(format, "a:b\tvalue");
        Assert.Equal("k", Text(record.Key));
        Assert.Equal(["h", "a"], record.Headers.Select(header => header.Key));
    }
}
