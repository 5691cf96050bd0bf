using System.Text;
using Semel.Cli.Consume;
using Semel.Cli.Output;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Cli.Tests.Consume;

public sealed class RecordFormatTests
{
    static readonly Sample Full = new("orders", 3, 42, 1700000000000, TimestampType.CreateTime, "k"u8.ToArray(), "v"u8.ToArray(), [new("h", "x"u8.ToArray()), new("i", null)]);
    static readonly Sample Bare = new("orders", 0, 0, 5, TimestampType.LogAppendTime, null, null, []);

    /// <summary>A record that a test can keep.</summary>
    sealed record Sample(string Topic, int Partition, long Offset, long Timestamp, TimestampType Type, byte[]? Key, byte[]? Value, RecordHeader[] Headers)
    {
        public ShownRecord Shown => new()
        {
            Topic = Topic, Partition = Partition, Offset = Offset, Timestamp = Timestamp, TimestampType = Type, KeyIsNull = Key is null, Key = Key, ValueIsNull = Value is null, Value = Value, Headers = Headers,
        };
    }

    static byte[] WrittenBytes(IRecordFormat format, params Sample[] records)
    {
        using var stream = new MemoryStream();
        using (var output = new OutputText(stream))
            foreach (var record in records) format.Write(output, record.Shown);
        return stream.ToArray();
    }

    static string Written(IRecordFormat format, params Sample[] records) => Encoding.UTF8.GetString(WrittenBytes(format, records));

    static TextFormat With(params string[] properties) =>
        properties.Aggregate(new TextFormat(), (format, property) => format.With(property[..property.IndexOf('=')], property[(property.IndexOf('=') + 1)..]));

    [Fact]
    public void Text_is_the_value_alone() => Assert.Equal("v\nnull\n", Written(new TextFormat(), Full, Bare));

    [Fact]
    public void Text_prints_what_its_properties_ask_for_in_the_order_of_the_console_consumer()
    {
        var format = With("print.timestamp=true", "print.partition=true", "print.offset=true", "print.headers=true", "print.key=true");
        Assert.Equal("CreateTime:1700000000000\tPartition:3\tOffset:42\th:x,i:null\tk\tv\nLogAppendTime:5\tPartition:0\tOffset:0\tNO_HEADERS\tnull\tnull\n", Written(format, Full, Bare));
    }

    [Fact]
    public void Text_takes_its_separators_and_the_literal_for_null()
    {
        var format = With("print.key=true", "key.separator=|", "line.separator=\\0", "null.literal=-", "headers.separator=;", "print.headers=true");
        Assert.Equal("h:x;i:-|k|v\0NO_HEADERS|-|-\0", Written(format, Full, Bare));
        Assert.Equal("k\n", Written(With("print.key=true", "print.value=false"), Full));
    }

    [Fact]
    public void An_unknown_property_is_refused_and_the_nearest_named()
    {
        Assert.Equal("Did you mean print.key?", Assert.Throws<CommandException>(() => With("print.keys=true")).Remedy);
        Assert.Contains("must be true or false", Assert.Throws<CommandException>(() => With("print.key=1")).Message);
        Assert.Contains("value.deserializer", Assert.Throws<CommandException>(() => With("value.deserializer=org.apache.kafka.common.serialization.LongDeserializer")).Message);
        Assert.Equal("v\n", Written(With("value.deserializer=org.apache.kafka.common.serialization.StringDeserializer"), Full));
    }

    [Fact]
    public void Json_is_one_object_per_line() => Assert.Equal(
        """
        {"topic":"orders","partition":3,"offset":42,"timestamp":1700000000000,"timestampType":"CreateTime","key":"k","value":"v","headers":[{"key":"h","value":"x"},{"key":"i","value":null}]}
        {"topic":"orders","partition":0,"offset":0,"timestamp":5,"timestampType":"LogAppendTime","key":null,"value":null}

        """, Written(new JsonFormat(), Full, Bare));

    [Fact]
    public void Json_shows_bytes_that_are_no_text_in_base64_and_everything_else_as_it_is()
    {
        var binary = Bare with { Key = [0xFF, 0xFE], Value = Encoding.UTF8.GetBytes("ä\"\n<") };
        Assert.Contains("""
            "keyBase64":"//4=","value":"ä\"\n<"
            """.Trim(), Written(new JsonFormat(), binary));
    }

    [Fact]
    public void A_pattern_prints_each_of_its_letters()
    {
        var format = new PatternFormat("%t[%p]@%o %T %K:%k %S:%s {%h} 100%%\\n", "NULL"u8.ToArray());
        Assert.Equal("orders[3]@42 1700000000000 1:k 1:v {h=x,i=NULL} 100%\norders[0]@0 5 -1:NULL -1:NULL {} 100%\n", Written(format, Full, Bare));
        Assert.Equal("\0\0\0\u0001v", Written(new PatternFormat("%R%s", []), Full));
    }

    [Fact]
    public void An_unknown_letter_in_a_pattern_is_refused() => Assert.Contains("%x", Assert.Throws<CommandException>(() => new PatternFormat("%x", [])).Message);

    [Fact]
    public void Bytes_that_are_no_text_are_printed_unchanged() =>
        Assert.Equal([0xFF, 0x00, 0x80, 10], WrittenBytes(new TextFormat(), Full with { Value = [0xFF, 0x00, 0x80] }));
}
