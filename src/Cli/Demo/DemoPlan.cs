using System.Globalization;

namespace Semel.Cli.Demo;

/// <summary>
/// What one run of the demonstration does: the same lines, batches and faults for both runs. The number of requests is about the same whatever the number of
/// lines,
/// so that a large file meets as many faults as a small one, in the same time.
/// </summary>
public sealed record DemoPlan(long Seed, int LinesPerBatch)
{
    public const string Topic = "demo";

    const int Requests = 250, SmallestBatch = 4, LargestBatch = 2_000;

    public static DemoPlan For(long lines, long seed) => new(seed, (int)Math.Clamp(lines / Requests, SmallestBatch, LargestBatch));

    /// <summary>Records on their way at one time: enough to fill five requests, with as many ready behind them.</summary>
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
        // A batch goes when it is full, and not when some time has passed: both runs send the same batches.
        new("linger.ms", "30000"),
        // What is lost is lost by the network: a machine that is slow loses nothing.
        new("request.timeout.ms", "60000"),
        new("delivery.timeout.ms", "120000"),
        // The run has waited for every line when it closes the producer; one that was interrupted while the broker was down has nothing to wait for.
        new("close.timeout.ms", "0"),
        new("retry.backoff.ms", "20"),
        new("retry.backoff.max.ms", "200"),
        new("reconnect.backoff.ms", "10"),
        new("reconnect.backoff.max.ms", "100"),
    ];
}
