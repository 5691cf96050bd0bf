using Semel.Peers;

namespace Semel.Compat.Tests;

/// <summary>Apache Kafka's own console tools, as a new user would try them.</summary>
public class KafkaToolsTests(ServedBroker broker) : IClassFixture<ServedBroker>
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    Ran Tool(string name, string? input, params string[] arguments) =>
        Ran.Program(Path.Combine(PeersFolder.Required, "tools", name), ["--bootstrap-server", broker.Bootstrap, .. arguments], Limit, input: input);

    [PeersFact]
    public void The_console_producer_and_consumer_pass_records_on()
    {
        Assert.Equal(0, Tool("kafka-topics.sh", null, "--create", "--topic", "console", "--partitions", "2").ExitCode);
        var listed = Tool("kafka-topics.sh", null, "--list");
        Assert.Contains("console", listed.Output);
        var described = Tool("kafka-topics.sh", null, "--describe", "--topic", "console");
        Assert.Contains("PartitionCount: 2", described.Output);

        var produced = Tool("kafka-console-producer.sh", "a:1\nb:2\nc:3\n", "--topic", "console", "--reader-property", "parse.key=true", "--reader-property", "key.separator=:");
        Assert.True(produced.ExitCode == 0, produced.Error);
        var lines = new List<string>();
        foreach (var partition in new[] { "0", "1" })
        {
            var consumed = Tool("kafka-console-consumer.sh", null, "--topic", "console", "--partition", partition, "--from-beginning", "--timeout-ms", "4000",
                "--formatter-property", "print.key=true", "--formatter-property", "key.separator=:");
            lines.AddRange(consumed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }
        Assert.Equal(["a:1", "b:2", "c:3"], lines.Order());
        Assert.Equal(0, Tool("kafka-topics.sh", null, "--delete", "--topic", "console").ExitCode);
        Assert.DoesNotContain("console", Tool("kafka-topics.sh", null, "--list").Output.Split('\n'));
    }

    [PeersFact]
    public void Offsets_and_deleted_records_are_told()
    {
        Assert.Equal(0, Tool("kafka-topics.sh", null, "--create", "--topic", "deleted", "--partitions", "1").ExitCode);
        Assert.Equal(0, Tool("kafka-console-producer.sh", "1\n2\n3\n", "--topic", "deleted").ExitCode);
        Assert.Contains("deleted:0:3", Tool("kafka-get-offsets.sh", null, "--topic", "deleted").Output);
        var file = Path.GetTempFileName();
        File.WriteAllText(file, """{"partitions":[{"topic":"deleted","partition":0,"offset":2}],"version":1}""");
        var deleted = Tool("kafka-delete-records.sh", null, "--offset-json-file", file);
        File.Delete(file);
        Assert.Contains("low_watermark: 2", deleted.Output);
        Assert.Contains("deleted:0:2", Tool("kafka-get-offsets.sh", null, "--topic", "deleted", "--time", "earliest").Output);
    }

    /// <summary>What the log folder holds is Kafka's format: Kafka's own dump tool reads it.</summary>
    [PeersFact]
    public void Kafkas_dump_tool_reads_a_segment()
    {
        Assert.Equal(0, Tool("kafka-topics.sh", null, "--create", "--topic", "dumped", "--partitions", "1").ExitCode);
        Assert.Equal(0, Tool("kafka-console-producer.sh", "one\ntwo\n", "--topic", "dumped").ExitCode);
        var segment = Assert.Single(Directory.EnumerateFiles(broker.Folder, "*.log", SearchOption.AllDirectories), file => file.Contains("dumped-0"));
        var dumped = Ran.Program(Path.Combine(PeersFolder.Required, "tools", "kafka-dump-log.sh"), ["--files", segment, "--print-data-log"], Limit);
        Assert.Contains("payload: two", dumped.Output);
        Assert.Contains("isvalid: true", dumped.Output);
    }
}
