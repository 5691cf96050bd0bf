using Microsoft.Extensions.Logging;
using Semel.Client.Configuration;
using Semel.Client.Connections;
using Semel.Client.Consuming;

namespace Semel.Client.Configuration;

/// <summary>The relations between a consumer's configuration keys, and the options that come out of them.</summary>
internal static class ConsumerConfigRules
{
    /// <summary>What an answer has around its records.</summary>
    const int FramingBytes = 512;

    const string DefaultClientId = "semel-consumer";

    /// <exception cref="KafkaConfigException">A key, a value or a combination is refused.</exception>
    public static ConsumerOptions Apply(IEnumerable<KeyValuePair<string, string>> config, TimeProvider time, ILogger logger)
    {
        var draft = ConfigDraft.Read(config, ConfigRole.Consumer);
        var values = draft.Values;
        var reset = ResetPolicy.Parse("none");
        draft.Check(ConnectionConfig.CheckServers);
        draft.Check(_ => reset = Reset(values));
        draft.Check(GroupConfigRules.Check);
        RaiseFetchSize(draft);
        draft.ThrowIfRefused();
        var effective = draft.ToEffective(ConfigRole.Consumer, idempotenceDisabledBy: null);
        foreach (var adjustment in effective.Adjustments) Log.ConfigAdjusted(logger, adjustment.Key, adjustment.From, adjustment.To, adjustment.Reason);
        if (effective.Ignored.Count > 0) Log.ConfigIgnored(logger, string.Join(", ", effective.Ignored));
        var connections = ConnectionConfig.Options(values, DefaultClientId, time, logger) with { MaxResponseBytes = draft.Int32("receive.message.max.bytes") };
        var allowAutoCreate = values.IsSet("allow.auto.create.topics") && values.Flag("allow.auto.create.topics");
        return new ConsumerOptions
        {
            Connections = connections,
            Group = GroupConfigRules.Options(draft, connections, allowAutoCreate),
            CommitsByItself = draft.Flag("enable.auto.commit"),
            CommitInterval = values.Duration("auto.commit.interval.ms"),
            StoreTiming = !values.Flag("enable.auto.offset.store") ? StoreTiming.Told : values.Text("auto.offset.store.timing") == "on-delivery" ? StoreTiming.OnDelivery : StoreTiming.OnNext,
            ResetNew = ResetPolicy.Parse(values.Text("auto.offset.reset.new.partitions")!),
            CloseTimeout = values.Duration("close.timeout.ms"),
            Isolation = values.Text("isolation.level") == "read_committed" ? IsolationLevel.ReadCommitted : IsolationLevel.ReadUncommitted,
            Reset = reset,
            FetchMinBytes = values.Int32("fetch.min.bytes"),
            FetchMaxWait = values.Duration("fetch.max.wait.ms"),
            FetchMaxBytes = draft.Int32("fetch.max.bytes"),
            PartitionFetchMaxBytes = values.Int32("max.partition.fetch.bytes"),
            QueuedMaxBytes = values.Int64("queued.max.messages.kbytes") * 1024,
            PullRecords = values.Int32("max.poll.records"),
            FetchErrorBackoff = values.IsSet("fetch.error.backoff.ms") ? values.Duration("fetch.error.backoff.ms") : null,
            CheckCrcs = values.Flag("check.crcs"),
            Rack = values.Text("client.rack") ?? "",
            TellsPartitionEnd = values.Flag("enable.partition.eof"),
            AllowAutoCreate = allowAutoCreate,
            DecompressedBatchMaxBytes = values.Int32("max.decompressed.batch.bytes"),
            ApiTimeout = values.Duration("default.api.timeout.ms"),
            Effective = effective,
        };
    }

    /// <summary>A request that may bring less than one partition's share could never bring that share.</summary>
    static void RaiseFetchSize(ConfigDraft draft)
    {
        var partition = draft.Int64("max.partition.fetch.bytes");
        if (draft.Int64("fetch.max.bytes") < partition) draft.Adjust("fetch.max.bytes", partition, "it was smaller than max.partition.fetch.bytes");
        var answer = Math.Min(draft.Int64("fetch.max.bytes") + FramingBytes, int.MaxValue);
        if (draft.Int64("receive.message.max.bytes") < answer) draft.Adjust("receive.message.max.bytes", answer, "an answer of fetch.max.bytes would have closed its connection");
    }

    static ResetPolicy Reset(ConfigValues values)
    {
        try { return ResetPolicy.Parse(values.Text("auto.offset.reset")!); }
        catch (FormatException refused) { throw new KafkaConfigException(refused.Message, values.GivenAs("auto.offset.reset")); }
    }
}
