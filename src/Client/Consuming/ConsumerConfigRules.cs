using Microsoft.Extensions.Logging;
using Semel.Client.Configuration;
using Semel.Client.Connections;

namespace Semel.Client.Consuming;

/// <summary>The relations between a consumer's configuration keys, and the options that come out of them.</summary>
internal static class ConsumerConfigRules
{
    const string DefaultClientId = "semel-consumer";

    /// <exception cref="KafkaConfigException">A key, a value or a combination is refused.</exception>
    public static ConsumerOptions Apply(IEnumerable<KeyValuePair<string, string>> config, TimeProvider time, ILogger logger)
    {
        var values = ConfigValues.Parse(config, ConfigRole.Consumer);
        var draft = new ConfigDraft(values);
        CheckGroup(draft);
        RaiseFetchSize(draft);
        var effective = draft.ToEffective(ConfigRole.Consumer, idempotenceDisabledBy: null);
        foreach (var adjustment in effective.Adjustments) Log.ConfigAdjusted(logger, adjustment.Key, adjustment.From, adjustment.To, adjustment.Reason);
        if (effective.Ignored.Count > 0) Log.ConfigIgnored(logger, string.Join(", ", effective.Ignored));
        return new ConsumerOptions
        {
            Connections = ConnectionConfig.Options(values, DefaultClientId, time, logger),
            Isolation = values.Text("isolation.level") == "read_committed" ? IsolationLevel.ReadCommitted : IsolationLevel.ReadUncommitted,
            Reset = Reset(values),
            FetchMinBytes = values.Int32("fetch.min.bytes"),
            FetchMaxWait = values.Duration("fetch.max.wait.ms"),
            FetchMaxBytes = draft.Int32("fetch.max.bytes"),
            PartitionFetchMaxBytes = values.Int32("max.partition.fetch.bytes"),
            QueuedMaxBytes = values.Int64("queued.max.messages.kbytes") * 1024,
            PullRecords = values.Int32("max.poll.records"),
            CheckCrcs = values.Flag("check.crcs"),
            Rack = values.Text("client.rack") ?? "",
            TellsPartitionEnd = values.Flag("enable.partition.eof"),
            AllowAutoCreate = values.IsSet("allow.auto.create.topics") && values.Flag("allow.auto.create.topics"),
            DecompressedBatchMaxBytes = values.Int32("max.decompressed.batch.bytes"),
            ApiTimeout = values.Duration("default.api.timeout.ms"),
            Effective = effective,
        };
    }

    static void CheckGroup(ConfigDraft draft)
    {
        if (draft.IsSet("enable.auto.commit") && draft.Flag("enable.auto.commit") && !draft.IsSet("group.id"))
            throw draft.Refuse($"{draft.Given("enable.auto.commit")} needs a group to commit for, and group.id is not set. Set group.id, or remove enable.auto.commit.", "enable.auto.commit", "group.id");
        if ((draft.IsSet("session.timeout.ms") || draft.IsSet("heartbeat.interval.ms")) && draft.Duration("session.timeout.ms") <= 3 * draft.Duration("heartbeat.interval.ms"))
            throw draft.Refuse($"{draft.Given("session.timeout.ms")} leaves no room for three heartbeats of {draft.Given("heartbeat.interval.ms")}. Raise the one or lower the other.",
                "session.timeout.ms", "heartbeat.interval.ms");
    }

    /// <summary>A request that may bring less than one partition's share could never bring that share.</summary>
    static void RaiseFetchSize(ConfigDraft draft)
    {
        var partition = draft.Int64("max.partition.fetch.bytes");
        if (draft.Int64("fetch.max.bytes") < partition) draft.Adjust("fetch.max.bytes", partition, "it was smaller than max.partition.fetch.bytes");
    }

    static ResetPolicy Reset(ConfigValues values)
    {
        try { return ResetPolicy.Parse(values.Text("auto.offset.reset")!); }
        catch (FormatException refused) { throw new KafkaConfigException(refused.Message, values.GivenAs("auto.offset.reset")); }
    }
}
