using System.Diagnostics.Metrics;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Broker;

/// <summary>
/// What can be counted about brokers; all of the process count together. Nothing is made before the first request, and while nobody listens a count is one look at a flag.
/// </summary>
public static class BrokerMetrics
{
    /// <summary>The name of the meter, for whoever collects it (<c>AddMeter</c> of OpenTelemetry, <c>dotnet-counters</c>).</summary>
    public const string MeterName = "Semel.Broker";

    const string Api = "api", Error = "error";

    /// <summary>The error of a request that cannot be answered: its connection is closed.</summary>
    const string NoAnswer = "no_answer";

    static readonly Meter Meter = new(MeterName);
    static readonly Counter<long> Requests = Meter.CreateCounter<long>("broker.requests", "{request}", "Requests that were taken, by API");
    static readonly Counter<long> Errors = Meter.CreateCounter<long>("broker.errors", "{error}",
        "Errors in answers, by API and code: of Produce and Fetch one for each partition, of other requests that of the whole answer; and requests without an answer");
    static readonly Counter<long> AppendedBytes = Meter.CreateCounter<long>("broker.produce.bytes.appended", "By", "Bytes of batches that producers had appended");
    static readonly Counter<long> Duplicates = Meter.CreateCounter<long>("broker.produce.duplicates", "{batch}", "Batches that were there already and were acknowledged without being appended again");
    static readonly Counter<long> TransactionsEnded = Meter.CreateCounter<long>("broker.transactions.ended", "{transaction}",
        "Transactions whose end was told to their partitions, by outcome; those that a restart finds unfinished count again");
    static readonly ObservableUpDownCounter<int> Connections = Meter.CreateObservableUpDownCounter("broker.connections", static () => ServingBrokers.Sum(static broker => broker.ConnectionCount), "{connection}", "Connections that are open");
    static readonly ObservableUpDownCounter<int> Groups = Meter.CreateObservableUpDownCounter("broker.groups", static () => ServingBrokers.Sum(static broker => broker.GroupCount), "{group}", "Groups that there are");

    internal static void Requested(ApiKey api)
    {
        if (Requests.Enabled) Requests.Add(1, new KeyValuePair<string, object?>(Api, api.ToString()));
    }

    internal static void Appended(int bytes) => AppendedBytes.Add(bytes);
    internal static void Recognised() => Duplicates.Add(1);

    internal static void Ended(bool isCommitted)
    {
        if (TransactionsEnded.Enabled) TransactionsEnded.Add(1, new KeyValuePair<string, object?>("outcome", isCommitted ? "committed" : "aborted"));
    }

    internal static void Abandoned(ApiKey api)
    {
        if (Errors.Enabled) Add(api, NoAnswer);
    }

    internal static void Answered(ApiKey api, IMessage answer)
    {
        if (!Errors.Enabled) return;
        if (OfWhole(answer) is var error && error != ErrorCode.None) Add(api, error.ToString());
        if (answer is ProduceResponse produced)
            foreach (var topic in produced.Responses)
                foreach (var partition in topic.PartitionResponses)
                    if (partition.ErrorCode != ErrorCode.None) Add(api, partition.ErrorCode.ToString());
        if (answer is FetchResponse fetched)
            foreach (var topic in fetched.Responses)
                foreach (var partition in topic.Partitions)
                    if (partition.ErrorCode != ErrorCode.None) Add(api, partition.ErrorCode.ToString());
    }

    static void Add(ApiKey api, string error) => Errors.Add(1, new KeyValuePair<string, object?>(Api, api.ToString()), new KeyValuePair<string, object?>(Error, error));

    static ErrorCode OfWhole(IMessage answer) => answer switch
    {
        FetchResponse one => one.ErrorCode,
        InitProducerIdResponse one => one.ErrorCode,
        AddPartitionsToTxnResponse one => one.ErrorCode,
        AddOffsetsToTxnResponse one => one.ErrorCode,
        EndTxnResponse one => one.ErrorCode,
        FindCoordinatorResponse one => one.ErrorCode,
        JoinGroupResponse one => one.ErrorCode,
        SyncGroupResponse one => one.ErrorCode,
        HeartbeatResponse one => one.ErrorCode,
        LeaveGroupResponse one => one.ErrorCode,
        ConsumerGroupHeartbeatResponse one => one.ErrorCode,
        OffsetFetchResponse one => one.ErrorCode,
        OffsetDeleteResponse one => one.ErrorCode,
        MetadataResponse one => one.ErrorCode,
        ApiVersionsResponse one => one.ErrorCode,
        ListGroupsResponse one => one.ErrorCode,
        ListTransactionsResponse one => one.ErrorCode,
        DescribeClusterResponse one => one.ErrorCode,
        _ => ErrorCode.None,
    };
}
