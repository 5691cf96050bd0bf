using System.Buffers;
using System.Text.Json.Serialization;

namespace Semel.Client.Tests.Serialization;

public partial class SerializerTests
{
    static readonly SerializationContext Context = new(MessageComponentType.Value, "t", null);

    static byte[] Write<T>(ISerializer<T> serializer, T value)
    {
        var writer = new ArrayBufferWriter<byte>();
        serializer.Serialize(value, writer, Context);
        return writer.WrittenSpan.ToArray();
    }

    static void AssertRoundTrip<T>(T value, string hex)
    {
        var bytes = Write(Serializers.Default<T>()!, value);
        Assert.Equal(hex, Convert.ToHexString(bytes));
        Assert.Equal(value, Deserializers.Default<T>()!.Deserialize(bytes, false, Context));
    }

    [Fact]
    public void Values_are_written_big_endian_and_read_again()
    {
        AssertRoundTrip("zwölf", "7A77C3B66C66");
        AssertRoundTrip((short)-2, "FFFE");
        AssertRoundTrip(258, "00000102");
        AssertRoundTrip(-1L, "FFFFFFFFFFFFFFFF");
        AssertRoundTrip(1.5f, "3FC00000");
        AssertRoundTrip(-2.0, "C000000000000000");
        AssertRoundTrip(Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"), "00112233445566778899AABBCCDDEEFF");
        AssertRoundTrip(new byte[] { 1, 2 }, "0102");
    }

    [Fact]
    public void A_number_of_another_size_is_refused()
    {
        Assert.Equal(LocalErrorCode.Serialization, Assert.Throws<KafkaException>(() => Deserializers.Int32.Deserialize([1, 2, 3], false, Context)).Error.LocalCode);
        Assert.Throws<KafkaException>(() => Deserializers.Int64.Deserialize([], true, Context));
    }

    [Fact]
    public void Null_reads_as_null_where_the_type_has_one()
    {
        Assert.Null(Deserializers.Utf8.Deserialize([], true, Context));
        Assert.Equal("", Deserializers.Utf8.Deserialize([], false, Context));
        Assert.Null(Deserializers.ByteArray.Deserialize([], true, Context));
    }

    [Fact]
    public void A_text_that_comes_again_is_the_same_string_and_costs_nothing()
    {
        var cached = Deserializers.CachedUtf8(capacity: 16, longestBytes: 8);
        var first = cached.Deserialize("zwölf"u8, false, Context);
        Assert.Equal("zwölf", first);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var again = 0; again < 1000; again++) Assert.Same(first, cached.Deserialize("zwölf"u8, false, Context));
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Null(cached.Deserialize([], true, Context));
        Assert.Equal("", cached.Deserialize([], false, Context));
        Assert.NotSame(cached.Deserialize("123456789"u8, false, Context), cached.Deserialize("123456789"u8, false, Context));
        // Many more than there are places, on many threads: never another text.
        Parallel.For(0, 50_000, number => Assert.Equal($"{number % 300}", cached.Deserialize(System.Text.Encoding.UTF8.GetBytes($"{number % 300}"), false, Context)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Deserializers.CachedUtf8(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Deserializers.CachedUtf8(1, 0));
    }

    [Fact]
    public void Json_takes_the_type_information_that_the_application_generates()
    {
        var bytes = Write(Serializers.Json(OrderContext.Default.Order), new Order("a", 3));
        Assert.Equal("""{"Id":"a","Count":3}""", System.Text.Encoding.UTF8.GetString(bytes));
        Assert.Equal(new Order("a", 3), Deserializers.Json(OrderContext.Default.Order).Deserialize(bytes, false, Context));
    }

    [Fact]
    public void There_is_no_serializer_for_a_type_that_nobody_named() => Assert.Null(Serializers.Default<Order>());

    internal sealed record Order(string Id, int Count);

    [JsonSerializable(typeof(Order))]
    internal sealed partial class OrderContext : JsonSerializerContext;
}
