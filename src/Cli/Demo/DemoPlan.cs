using System.Globalization;
using Semel.Faults;

namespace Semel.Cli.Demo;

/// <summary>
/// What one run of the demonstration does: the same lines, batches and faults for both runs. The number of requests is about the same whatever the number of lines,
/// so that a large file meets as many faults as a small one, in the same time.
/// </summary>
public sealed record DemoPlan(long Seed, int LinesPerBatch, IReadOnlyList<FaultRule> Rules)
{
    public const string Topic = "demo";

    const int Requests = 250, SmallestBatch = 4, LargestBatch = 2_000;

    public static DemoPlan For(long lines, long seed) => new(seed, (int)Math.Clamp(lines / Requests, SmallestBatch, LargestBatch), FaultRules);

    /// <summary>Records on their way at one time: enough to fill five requests, and few enough that the crash comes in the middle.</summary>
    public int MostInFlight => LinesPerBatch * 12;

    public IReadOnlyList<KeyValuePair<string, string>> ProducerSettings(int port, bool idempotent) =>
    [
        new("bootstrap.servers", $"127.0.0.1:{port}"),
        new("client.id", "semel-demo"),
        new("enable.idempotence", idempotent ? "true" : "false"),
        new("acks", "all"),
        new("max.in.flight.requests.per.connection", "5"),
        new("retries", int.MaxValue.ToString(CultureInfo.InvariantCulture)),
        new("batch.num.messages", LinesPerBatch.ToString(CultureInfo.InvariantCulture)),
        new("batch.size", "1000000"),
        new("linger.ms", "2"),
        new("request.timeout.ms", "600"),
        new("delivery.timeout.ms", "60000"),
        // The run has waited for every line when it closes the producer; one that was interrupted while the broker was down has nothing to wait for.
        new("close.timeout.ms", "0"),
        new("retry.backoff.ms", "20"),
        new("retry.backoff.max.ms", "200"),
        new("reconnect.backoff.ms", "10"),
        new("reconnect.backoff.max.ms", "100"),
    ];

    /// <summary>
    /// What goes wrong on the way, one frame in five. A cut answer is an acknowledgement lost with its connection, a dropped one is lost in silence. A held request arrives
    /// after its connection is gone, and its repetition with it. Byte 90 of a request lies in the batch's header where the CRC covers it, whatever the batch holds:
    /// the broker refuses that one batch while the next is already behind it, and this is what puts records out of order when nobody watches the sequence.
    /// </summary>
    static readonly FaultRule[] FaultRules =
    [
        FaultRule.Parse("InitProducerId:answer:cut:count=1"),
        FaultRule.Parse("Produce:answer:cut:0.06"),
        FaultRule.Parse("Produce:answer:drop:0.02:count=6"),
        FaultRule.Parse("Produce:answer:delay=40:0.04"),
        FaultRule.Parse("Produce:request:repeat=15:0.03"),
        FaultRule.Parse("Produce:request:hold=60:0.02"),
        FaultRule.Parse("Produce:request:corrupt=90:0.03"),
        FaultRule.Parse("Produce:request:cut:0.03"),
    ];
}
