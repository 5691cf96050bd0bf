using System.Text.Json;
using Semel.Client;
using Semel.Protocol;

namespace Semel.PeerDriver;

/// <summary>What an admin client does with a topic and a group, step by step; a step that fails is told and the next one is taken.</summary>
sealed class AdminVerb(AdminClient admin, string topic, string group)
{
    ConfigResource Resource => ConfigResource.Topic(topic);
    TopicPartition First => new(topic, 0);

    public static async Task<int> RunAsync(Options options)
    {
        var config = options.Configure(new AdminClientConfig());
        var verb = (Topic: options.Text("topic"), Group: options.Text("group"));
        var producerConfig = options.Configure(new ProducerConfig());
        _ = options.Patience;
        options.RefuseUnread();
        await using var admin = new AdminClient(config);
        await using var producer = new ProducerBuilder<byte[], byte[]>(producerConfig).Build();
        await new AdminVerb(admin, verb.Topic, verb.Group).RunAsync(producer);
        Line.Print(json => json.WriteBoolean("done", true));
        return 0;
    }

    async Task RunAsync(IProducer<byte[], byte[]> producer)
    {
        await StepAsync("create", () => CreateAsync(topic));
        await StepAsync("create-again", () => CreateAsync(topic));
        await StepAsync("create-bad", () => CreateAsync("bad/name"));
        await StepAsync("describe", CountPartitionsAsync);
        await StepAsync("describe-configs", () => ReadConfigAsync("retention.ms"));
        await StepAsync("alter-configs", () => AlterAsync("2000000"));
        await StepAsync("describe-altered", () => ReadConfigAsync("max.message.bytes"));
        await StepAsync("alter-bad", () => AlterAsync("-5"));
        await StepAsync("add-partitions", () => AddPartitionsAsync(5));
        await StepAsync("describe-added", CountPartitionsAsync);
        await StepAsync("add-partitions-bad", () => AddPartitionsAsync(2));
        await StepAsync("produce", async () =>
        {
            for (var number = 0; number < 10; number++) await producer.ProduceAsync(First, new Message<byte[], byte[]> { Key = null!, Value = [(byte)number] });
            return Nothing;
        });
        await StepAsync("list-offsets", async () =>
        {
            var (earliest, latest) = (await OffsetAsync(OffsetSpec.Earliest), await OffsetAsync(OffsetSpec.Latest));
            return json =>
            {
                json.WriteNumber("earliest", earliest);
                json.WriteNumber("latest", latest);
            };
        });
        await StepAsync("delete-records", async () =>
        {
            One(await admin.DeleteRecordsAsync([new TopicPartitionOffset(First, 4)]));
            return Nothing;
        });
        await StepAsync("list-offsets-again", async () => Number("earliest", await OffsetAsync(OffsetSpec.Earliest)));
        await StepAsync("describe-cluster", async () => Number("nodes", (await admin.DescribeClusterAsync()).Brokers.Count));
        await StepAsync("commit-offset", async () =>
        {
            One(await admin.AlterGroupOffsetsAsync(group, [new TopicPartitionOffset(First, 7)]));
            return Nothing;
        });
        await StepAsync("list-groups", async () =>
        {
            var isFound = (await admin.ListGroupsAsync()).Any(listed => listed.GroupId == group);
            return json => json.WriteBoolean("found", isFound);
        });
        await StepAsync("describe-group", async () =>
        {
            var state = One(await admin.DescribeGroupsAsync([group])).State;
            return json => json.WriteString("state", state);
        });
        await StepAsync("list-group-offsets", async () => Number("offset", (await admin.ListGroupOffsetsAsync(group))[First].Offset));
        await StepAsync("delete-group", async () =>
        {
            One(await admin.DeleteGroupsAsync([group]));
            return Nothing;
        });
        await StepAsync("delete-topic", async () =>
        {
            One(await admin.DeleteTopicsAsync([topic]));
            return Nothing;
        });
        await StepAsync("describe-deleted", CountPartitionsAsync);
    }

    static void Nothing(Utf8JsonWriter json)
    {
    }

    static Action<Utf8JsonWriter> Number(string name, long number) => json => json.WriteNumber(name, number);

    static TValue One<TItem, TValue>(IReadOnlyList<AdminResult<TItem, TValue>> results) => results.Single().GetValue()!;

    async Task<Action<Utf8JsonWriter>> CreateAsync(string name)
    {
        One(await admin.CreateTopicsAsync([new NewTopic(name, 3, 1) { Configs = new Dictionary<string, string> { ["retention.ms"] = "3600000" } }]));
        return Nothing;
    }

    /// <summary>What was changed may reach the broker that is asked a moment later.</summary>
    async Task<Action<Utf8JsonWriter>> CountPartitionsAsync() => Number("partitions", One(await admin.DescribeTopicsAsync([topic])).Partitions.Count);

    async Task<Action<Utf8JsonWriter>> ReadConfigAsync(string name)
    {
        var entry = One(await admin.DescribeConfigsAsync([Resource])).Single(entry => entry.Name == name);
        return json =>
        {
            json.WriteString(name, entry.Value);
            json.WriteString("source", entry.Source.ToString());
        };
    }

    async Task<Action<Utf8JsonWriter>> AlterAsync(string bytes)
    {
        One(await admin.IncrementalAlterConfigsAsync(new Dictionary<ConfigResource, IReadOnlyCollection<ConfigChange>> { [Resource] = [ConfigChange.Set("max.message.bytes", bytes)] }));
        return Nothing;
    }

    async Task<Action<Utf8JsonWriter>> AddPartitionsAsync(int count)
    {
        One(await admin.CreatePartitionsAsync([new NewPartitions(topic, count)]));
        return Nothing;
    }

    async Task<long> OffsetAsync(OffsetSpec spec) => One(await admin.ListOffsetsAsync([(First, spec)])).Offset.Value;

    static async Task StepAsync(string name, Func<Task<Action<Utf8JsonWriter>>> step)
    {
        Action<Utf8JsonWriter> facts;
        try
        {
            facts = await step();
            var told = facts;
            facts = json =>
            {
                json.WriteBoolean("ok", true);
                told(json);
            };
        }
        catch (KafkaException failure)
        {
            Console.Error.WriteLine($"{name}: {failure.Message}");
            facts = json => json.WriteString("error", ErrorName.Of(failure.Error));
        }
        Line.Print(json =>
        {
            json.WriteString("step", name);
            facts(json);
        });
    }
}
