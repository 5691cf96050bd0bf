using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Semel.Client;
using Semel.Peers;
using Theirs = Confluent.Kafka;

namespace Semel.Confluent.Tests;

/// <summary>What Confluent.Kafka and librdkafka know, asked of their assemblies, and what becomes of it here.</summary>
public class SettingsTests
{
    static readonly Type[] Configs = [typeof(Theirs.ClientConfig), typeof(Theirs.ProducerConfig), typeof(Theirs.ConsumerConfig), typeof(Theirs.AdminClientConfig)];

    /// <summary>Each property of their configurations, set to each of its values where there are few.</summary>
    static IEnumerable<(PropertyInfo Property, string Key, string Value)> Settings()
    {
        foreach (var property in Configs.SelectMany(static type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance)).DistinctBy(static property => (property.DeclaringType, property.Name)))
        {
            if (property.GetIndexParameters().Length > 0 || property.SetMethod is not { IsPublic: true }) continue;
            foreach (var value in Values(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType))
            {
                var config = (Theirs.Config)Activator.CreateInstance(property.ReflectedType!)!;
                property.SetValue(config, value);
                foreach (var (key, text) in config) yield return (property, key, text);
            }
        }
    }

    static IEnumerable<object> Values(Type type) => type.IsEnum ? Enum.GetValues(type).Cast<object>()
        : type == typeof(bool) ? [true, false] : type == typeof(string) ? ["a"] : [Convert.ChangeType(7, type, CultureInfo.InvariantCulture)];

    static IEnumerable<KafkaConfigException> Refusals(params KeyValuePair<string, string>[] config)
    {
        KeyValuePair<string, string>[] whole = [.. config.Where(static pair => pair.Key != "bootstrap.servers"), new("bootstrap.servers", "b:1")];
        if (Record.Exception(() => new ProducerBuilder<string, string>(whole).Build()) is { } producer) yield return Assert.IsType<KafkaConfigException>(producer);
        if (Record.Exception(() => new ConsumerBuilder<string, string>(whole).Build()) is { } consumer) yield return Assert.IsType<KafkaConfigException>(consumer);
        if (Record.Exception(() => new AdminClient(whole)) is { } admin) yield return Assert.IsType<KafkaConfigException>(admin);
    }

    [Fact]
    public void Every_value_of_their_configurations_is_taken_or_refused_with_a_remedy()
    {
        var settings = Settings().ToList();
        Assert.True(settings.Count > 150, $"only {settings.Count} settings were found");
        foreach (var (property, key, value) in settings)
            foreach (var refusal in Refusals(new KeyValuePair<string, string>(key, value)))
            {
                Assert.False(refusal.Message.Contains("not a known configuration key"), $"{property.Name}: {refusal.Message}");
                Assert.Contains(refusal.Keys, refused => refused == key);
            }
    }

    /// <summary>Whoever moves changes a using: what configures something here has a property of the same name and kind.</summary>
    [Fact]
    public void What_is_honoured_has_a_property_of_the_same_name()
    {
        var honoured = 0;
        foreach (var (property, key) in Settings().Select(static setting => (setting.Property, setting.Key)).Distinct())
        {
            if (!TypedKeys.Contains(key)) continue;
            var ours = property.ReflectedType!.Name switch
            {
                nameof(ProducerConfig) => typeof(ProducerConfig),
                nameof(ConsumerConfig) => typeof(ConsumerConfig),
                // Theirs has keys of both in the class of all.
                _ => typeof(ProducerConfig).GetProperty(property.Name) is null ? typeof(ConsumerConfig) : typeof(ProducerConfig),
            };
            Assert.True(ours.GetProperty(property.Name) is not null, $"{ours.Name}.{property.Name} ({key}) is missing");
            honoured++;
        }
        Assert.True(honoured > 50, $"only {honoured} were looked at");
    }

    /// <summary>Names of one setting: librdkafka's properties write these.</summary>
    static readonly Dictionary<string, string[]> Aliases = new()
    {
        ["delivery.timeout.ms"] = ["message.timeout.ms"], ["retries"] = ["message.send.max.retries"], ["max.request.size"] = ["message.max.bytes"], ["fetch.max.wait.ms"] = ["fetch.wait.max.ms"],
        ["send.buffer.bytes"] = ["socket.send.buffer.bytes"], ["receive.buffer.bytes"] = ["socket.receive.buffer.bytes"], ["max.in.flight.requests.per.connection"] = ["max.in.flight"],
    };

    /// <summary>The keys that our properties set, with librdkafka's names of them.</summary>
    static readonly HashSet<string> TypedKeys = [.. OurKeys().SelectMany(static key => Aliases.GetValueOrDefault(key, []).Append(key))];

    static IEnumerable<string> OurKeys()
    {
        foreach (var type in new[] { typeof(ProducerConfig), typeof(ConsumerConfig), typeof(AdminClientConfig) })
            foreach (var property in type.GetProperties().Where(static property => property.GetIndexParameters().Length == 0))
            {
                var config = (ClientConfig)Activator.CreateInstance(type)!;
                var value = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
                property.SetValue(config, value == typeof(string) ? "range" : Activator.CreateInstance(value));
                yield return config.Single().Key;
            }
    }

    [Fact]
    public async Task Their_configuration_objects_are_taken_as_they_are()
    {
        var theirs = new Theirs.ProducerConfig
        {
            BootstrapServers = "b:1,c:2", Acks = Theirs.Acks.All, EnableIdempotence = true, LingerMs = 2.5, MessageTimeoutMs = 45000, CompressionType = Theirs.CompressionType.Gzip,
            Partitioner = Theirs.Partitioner.Murmur2Random, QueueBufferingMaxKbytes = 2048, SocketNagleDisable = true, BrokerAddressFamily = Theirs.BrokerAddressFamily.V4,
            MetadataRecoveryStrategy = Theirs.MetadataRecoveryStrategy.Rebootstrap, StatisticsIntervalMs = 1000, Debug = "all", EnableBackgroundPoll = true,
        };
        await using var producer = new ProducerBuilder<string, string>(theirs).Build();
        var effective = producer.Info.EffectiveConfig;
        Assert.Equal(("b:1,c:2", "all", "2.5", "45000", "gzip", "2097152", "v4"), (effective["bootstrap.servers"], effective["acks"], effective["linger.ms"], effective["delivery.timeout.ms"],
            effective["compression.type"], effective["buffer.memory"], effective["broker.address.family"]));
        Assert.Equal(["debug", "dotnet.producer.enable.background.poll", "statistics.interval.ms"], effective.Ignored.Order(StringComparer.Ordinal));
    }

    /// <summary>What librdkafka prints of itself is what <c>client-settings.tsv</c> says of it, key by key with its default.</summary>
    [Fact]
    public void Librdkafkas_own_list_is_the_one_that_is_written_down()
    {
        if (!OperatingSystem.IsLinux()) return;
        var printed = Librdkafka.Properties();
        Assert.True(printed.Count > 150);
        Assert.Equal(printed.OrderBy(static pair => pair.Key, StringComparer.Ordinal),
            ClientSettings.All.Where(static setting => setting.Librdkafka is not null).ToDictionary(static setting => setting.Name, static setting => setting.Librdkafka!).OrderBy(static pair => pair.Key, StringComparer.Ordinal));
    }

    /// <summary>librdkafka writes its properties to a stream of the C library.</summary>
    static class Librdkafka
    {
        public static IReadOnlyDictionary<string, string> Properties()
        {
            var path = Path.GetTempFileName();
            try
            {
                var library = Load();
                var stream = fopen(path, "w");
                Assert.NotEqual(0, stream);
                unsafe { ((delegate* unmanaged[Cdecl]<nint, void>)NativeLibrary.GetExport(library, "rd_kafka_conf_properties_show"))(stream); }
                Assert.Equal(0, fclose(stream));
                var found = new Dictionary<string, string>();
                foreach (var cells in File.ReadLines(path).Select(static line => line.Split('|', StringSplitOptions.TrimEntries)))
                    // Some keys are listed for clients and for topics; the first counts. A bar in a default is part of it.
                    if (cells is [var name, "*" or "C" or "P", _, ..] && name.Length > 0) found.TryAdd(name, Default(cells));
                return found;
            }
            finally { File.Delete(path); }
        }

        static string Default(string[] cells)
        {
            var importance = Array.FindIndex(cells, 3, static cell => cell is "high" or "medium" or "low");
            return string.Join(" || ", cells[3..importance].Where(static cell => cell.Length > 0)) is { Length: > 0 } text ? text : "(none)";
        }

        /// <summary>As the package itself does, the build without the system's SASL where that is not installed.</summary>
        static nint Load()
        {
            var folder = Path.Combine(AppContext.BaseDirectory, "runtimes", RuntimeInformation.OSArchitecture == Architecture.X64 ? "linux-x64" : "linux-arm64", "native");
            foreach (var name in new[] { "librdkafka.so", "centos8-librdkafka.so", "alpine-librdkafka.so" })
                if (NativeLibrary.TryLoad(Path.Combine(folder, name), out var library)) return library;
            throw new DllNotFoundException($"no librdkafka in {folder}");
        }

        [DllImport("libc", CharSet = CharSet.Ansi)]
        static extern nint fopen(string path, string mode);

        [DllImport("libc")]
        static extern int fclose(nint stream);
    }
}
