namespace Semel.Client.Tests.Configuration;

/// <summary>A configuration out of a file: what it means, and that everything wrong with it names the file and the line.</summary>
public sealed class ConfigFileTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("semel-config-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    string Write(string text)
    {
        var path = Path.Combine(_folder, "client.properties");
        File.WriteAllText(path, text);
        return path;
    }

    static KafkaConfigException Refuse(Action build) => Assert.Throws<KafkaConfigException>(build);

    [Fact]
    public async Task A_file_of_a_Java_client_and_one_of_librdkafka_configure_a_producer()
    {
        var java = Write("# orders\nbootstrap.servers = a:1,\\\n    b:2\nkey.serializer=org.apache.kafka.common.serialization.StringSerializer\nlinger.ms: 7\n");
        await using var first = new ProducerBuilder<string, string>(ProducerConfig.FromFile(java)).Build();
        Assert.Equal(("a:1,b:2", "7"), (first.Info.EffectiveConfig["bootstrap.servers"], first.Info.EffectiveConfig["linger.ms"]));
        Assert.Equal(["key.serializer"], first.Info.EffectiveConfig.Ignored);

        var native = Write("metadata.broker.list=a:1\nqueue.buffering.max.ms=3\n");
        Assert.Equal(3, ProducerConfig.FromFile(native).LingerMs);
    }

    [Fact]
    public void What_building_refuses_names_file_and_line()
    {
        var path = Write("bootstrap.servers=a:1\n\nlinger.ms=soon\nacks=1\nenable.idempotence=true\nlingr.ms=1\n");
        var refused = Refuse(() => new ProducerBuilder<string, string>(ProducerConfig.FromFile(path)).Build());
        Assert.Contains($"{path}, line 3: linger.ms='soon' is refused: it must be a number of milliseconds.", refused.Message);
        Assert.Contains($"{path}, line 6: 'lingr.ms' is not a known configuration key. Did you mean 'linger.ms'?", refused.Message);
        Assert.Contains($"enable.idempotence in {path}, line 5; acks in {path}, line 4: enable.idempotence=true is ruled out by acks=1.", refused.Message);
    }

    [Fact]
    public void What_code_sets_afterwards_stands_in_no_file()
    {
        var config = ConsumerConfig.FromFile(Write("bootstrap.servers=a:1\nfetch.min.bytes=1\n"));
        config["fetch.min.bytes"] = "many";
        Assert.Equal("fetch.min.bytes='many' is refused: it must be a whole number.", Refuse(() => new ConsumerBuilder<string, string>(config).Build()).Message);
    }

    [Fact]
    public void A_key_with_two_values_names_both_lines()
    {
        var path = Write("acks=all\nretries=1\nretries=1\nacks=1\n");
        var refused = Refuse(() => ProducerConfig.FromFile(path));
        Assert.Equal($"{path} gives acks the values 'all' (line 1) and '1' (line 4). Remove all but one.", refused.Message);
        Assert.Equal(["acks"], refused.Keys);
    }

    [Fact]
    public void A_file_that_is_none_names_itself_and_the_remedy()
    {
        var missing = Path.Combine(_folder, "none.properties");
        Assert.Contains($"'{missing}' cannot be read", Refuse(() => ClientConfig.FromFile(missing)).Message);
        Assert.Contains("cannot be read", Refuse(() => ClientConfig.FromFile(_folder)).Message);
        Assert.Contains($"line 2: '\\users'", Refuse(() => AdminClientConfig.FromFile(Write("client.id=a\nbootstrap.servers=C:\\users\n"))).Message);
        var latin = Path.Combine(_folder, "latin.properties");
        File.WriteAllBytes(latin, [.. "client.id="u8, 0xe9]);
        Assert.Contains("UTF-8", Refuse(() => ClientConfig.FromFile(latin)).Message);
    }
}
