using Semel.Architecture.Tests;
using Semel.Peers;

namespace CompatTests;

/// <summary>What programs can write against is Confluent.Kafka's, member by member, but for what a list in the repository leaves out and says why.</summary>
public sealed class SurfaceTests
{
    const string Theirs = "Confluent.Kafka", Ours = "Semel.Compat.Confluent";

    static readonly string[] TheirLines = [.. Qualified(typeof(Confluent.Kafka.Error).Assembly, Theirs)];
    static readonly string[] OurLines = [.. Qualified(typeof(Semel.Compat.Confluent.Error).Assembly, Ours)];

    /// <summary>Each line with its type in front, under one name for both sides.</summary>
    static IEnumerable<string> Qualified(System.Reflection.Assembly assembly, string name)
    {
        var type = "";
        foreach (var line in PublicSurface.Of(assembly).Select(line => line.Replace($"{name}.", "")))
        {
            if (!line.StartsWith(' ')) type = line.Split(" : ")[0].Split(' ', line.StartsWith("static ") || line.StartsWith("sealed ")
                || line.StartsWith("abstract ") ? 3 : 2)[^1];
            yield return line.StartsWith(' ') ? $"{type}: {line.Trim()}" : line;
        }
    }

    static Dictionary<string, string> LeftOut => File.ReadLines(Path.Combine(Repository.Root, "compat", "confluent-left-out.tsv")).Where(line =>
        !line.StartsWith('#') && line.Length > 0)
        .Select(line => line.Split('\t')).ToDictionary(cells => cells[0], cells => cells[1]);

    [Fact]
    public void It_is_2_16_0_that_is_compared() => Assert.Equal(new Version(2, 16, 0, 0), typeof(Confluent.Kafka.Error).Assembly.GetName().Version);

    [Fact]
    public void Every_member_of_theirs_is_here_or_left_out_with_a_reason()
    {
        var missing = TheirLines.Except(OurLines).ToList();
        Assert.Equal("", string.Join('\n', missing.Except(LeftOut.Keys)));
        Assert.Empty(LeftOut.Keys.Except(missing));
        Assert.DoesNotContain(LeftOut.Values, string.IsNullOrWhiteSpace);
    }

    [Fact]
    public void Nothing_is_here_that_a_program_could_not_take_back_to_theirs() => Assert.Empty(OurLines.Except(TheirLines));

    [Fact]
    public void A_type_is_as_open_to_derived_types_as_theirs()
    {
        var ours = typeof(Semel.Compat.Confluent.Error).Assembly;
        foreach (var theirs in typeof(Confluent.Kafka.Error).Assembly.GetExportedTypes())
            if (ours.GetType(theirs.FullName!.Replace(Theirs, Ours)) is { } type)
                foreach (var method in theirs.GetMethods().Where(method => method.IsVirtual && !method.IsFinal && method.DeclaringType == theirs))
                    Assert.True(type.GetMethods().Any(own => own.Name == method.Name && own.IsVirtual), $"{type.Name}.{method.Name} cannot be overridden");
    }

    [Theory]
    [InlineData("ClientConfig")]
    [InlineData("ProducerConfig")]
    [InlineData("ConsumerConfig")]
    public void Each_typed_property_writes_the_same_key_and_text(string config)
    {
        var (theirs, ours) = (typeof(Confluent.Kafka.Error).Assembly.GetType($"{Theirs}.{config}")!,
            typeof(Semel.Compat.Confluent.Error).Assembly.GetType($"{Ours}.{config}")!);
        foreach (var property in theirs.GetProperties())
        {
            var own = ours.GetProperty(property.Name)!;
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            foreach (var value in type.IsEnum ? Enum.GetValues(type).Cast<object>() : type == typeof(bool) ? [true, false] : type == typeof(int) ? [7, -1]
                : type == typeof(double) ? [1.5, 0.0] : new object[] { "text" })
            {
                var given = type.IsEnum ? Enum.Parse(Nullable.GetUnderlyingType(own.PropertyType)!, value.ToString()!) : value;
                var (their, our) = (Activator.CreateInstance(theirs)!, Activator.CreateInstance(ours)!);
                property.SetValue(their, value);
                own.SetValue(our, given);
                Assert.Equal(((IEnumerable<KeyValuePair<string, string>>)their).ToArray(), ((IEnumerable<KeyValuePair<string, string>>)our).ToArray());
                if (own.CanRead) Assert.Equal(given, own.GetValue(our));
            }
        }
    }

    [Fact]
    public void Things_are_written_alike()
    {
        Assert.Equal(new Confluent.Kafka.TopicPartitionOffset("t", 1, Confluent.Kafka.Offset.Beginning).ToString(),
            new Semel.Compat.Confluent.TopicPartitionOffset("t", 1, Semel.Compat.Confluent.Offset.Beginning).ToString());
        Assert.Equal(new Confluent.Kafka.TopicPartition("t", Confluent.Kafka.Partition.Any).ToString(), new Semel.Compat.Confluent.TopicPartition("t",
            Semel.Compat.Confluent.Partition.Any).ToString());
        Assert.Equal(new Confluent.Kafka.WatermarkOffsets(1, 2).ToString(), new Semel.Compat.Confluent.WatermarkOffsets(1, 2).ToString());
        Assert.Equal(new Confluent.Kafka.Uuid(1, -2).ToString(), new Semel.Compat.Confluent.Uuid(1, -2).ToString());
        Assert.Equal(new Confluent.Kafka.BrokerMetadata(1, "h", 2).ToString(), new Semel.Compat.Confluent.BrokerMetadata(1, "h", 2).ToString());
        foreach (var code in new[] { 0, 3, 10, 36, -192, -195, -187, -172, -168, -184, -190, -185, -160, -161 })
            Assert.Equal(Confluent.Kafka.ErrorCodeExtensions.GetReason((Confluent.Kafka.ErrorCode)code),
                Semel.Compat.Confluent.ErrorCodeExtensions.GetReason((Semel.Compat.Confluent.ErrorCode)code));
    }

    [Fact]
    public void Numbers_and_texts_become_the_same_bytes()
    {
        static void Same<T>(Confluent.Kafka.ISerializer<T> theirs, Semel.Compat.Confluent.ISerializer<T> ours, Confluent.Kafka.IDeserializer<T> back,
            Semel.Compat.Confluent.IDeserializer<T> ourBack, params T[] values)
        {
            foreach (var value in values)
            {
                var bytes = theirs.Serialize(value, default);
                Assert.Equal(bytes, ours.Serialize(value, default));
                Assert.Equal(back.Deserialize(bytes, bytes is null, default), ourBack.Deserialize(bytes, bytes is null, default));
            }
        }
        Same(Confluent.Kafka.Serializers.Int32, Semel.Compat.Confluent.Serializers.Int32, Confluent.Kafka.Deserializers.Int32,
            Semel.Compat.Confluent.Deserializers.Int32, 0, -1, int.MaxValue);
        Same(Confluent.Kafka.Serializers.Int64, Semel.Compat.Confluent.Serializers.Int64, Confluent.Kafka.Deserializers.Int64,
            Semel.Compat.Confluent.Deserializers.Int64, 0, -1, long.MinValue);
        Same(Confluent.Kafka.Serializers.Single, Semel.Compat.Confluent.Serializers.Single, Confluent.Kafka.Deserializers.Single,
            Semel.Compat.Confluent.Deserializers.Single, 0f, -1.5f);
        Same(Confluent.Kafka.Serializers.Double, Semel.Compat.Confluent.Serializers.Double, Confluent.Kafka.Deserializers.Double,
            Semel.Compat.Confluent.Deserializers.Double, 0.0, double.NaN);
        Same(Confluent.Kafka.Serializers.Utf8, Semel.Compat.Confluent.Serializers.Utf8, Confluent.Kafka.Deserializers.Utf8,
            Semel.Compat.Confluent.Deserializers.Utf8, "", "Grüße", null!);
        Same(Confluent.Kafka.Serializers.ByteArray, Semel.Compat.Confluent.Serializers.ByteArray, Confluent.Kafka.Deserializers.ByteArray,
            Semel.Compat.Confluent.Deserializers.ByteArray, [], [1, 2], null!);
    }
}
