using Semel.Peers;

namespace Semel.Compat.Tests;

/// <summary>What <c>client-settings.tsv</c> says Java's clients know is what they say themselves; what becomes of each key here, docs/client-settings.md says.</summary>
public class JavaSettingsTests
{
    [PeersTheory]
    [InlineData("producer.ProducerConfig")]
    [InlineData("consumer.ConsumerConfig")]
    [InlineData("admin.AdminClientConfig")]
    public void Javas_own_list_is_the_one_that_is_written_down(string name)
    {
        var type = $"org.apache.kafka.clients.{name}";
        var script = Path.Combine(Repository.Root, "tests", "Compat.Tests", "Scripts", "ClientSettings.java");
        var jars = Path.Combine(Path.GetDirectoryName(PeersFolder.KafkaClientsJar)!, "*");
        var ran = Ran.Program("java", ["-cp", jars, script, type], TimeSpan.FromMinutes(2));
        Assert.True(ran.ExitCode == 0, ran.Error);
        var told = ran.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Split('\t')).ToDictionary(static cells => cells[1], static cells => cells[2]);
        Assert.True(told.Count > 80);
        Assert.Equal(told.OrderBy(static pair => pair.Key, StringComparer.Ordinal), WrittenDown(name).OrderBy(static pair => pair.Key, StringComparer.Ordinal));
    }

    static Dictionary<string, string> WrittenDown(string name)
    {
        Func<ClientSetting, string?> of = name switch
        {
            "producer.ProducerConfig" => static setting => setting.JavaProducer,
            "consumer.ConsumerConfig" => static setting => setting.JavaConsumer,
            _ => static setting => setting.JavaAdmin,
        };
        return ClientSettings.All.Where(setting => of(setting) is not null).ToDictionary(static setting => setting.Name, setting => of(setting)!);
    }
}
