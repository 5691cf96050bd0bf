using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Semel.Client;

namespace Semel.Extensions.Hosting;

/// <summary>The names under which Semel counts and traces, for OpenTelemetry and for whoever else listens.</summary>
public static class SemelInstrumentation
{
    /// <summary>The meter of a broker that runs in this process.</summary>
    public const string BrokerMeter = "Semel.Broker";

    /// <summary>All meters.</summary>
    public static IReadOnlyList<string> Meters { get; } = [ClientMeters.Producer, ClientMeters.Consumer, BrokerMeter];

    /// <summary>All activity sources.</summary>
    public static IReadOnlyList<string> ActivitySources { get; } = [ClientMeters.Producer, ClientMeters.Consumer];

    /// <summary>Collects what producers, consumers and a broker in this process count.</summary>
    public static MeterProviderBuilder AddSemelInstrumentation(this MeterProviderBuilder builder) => builder.AddMeter([.. Meters]);

    /// <summary>Collects the activities of producers and consumers.</summary>
    public static TracerProviderBuilder AddSemelInstrumentation(this TracerProviderBuilder builder) => builder.AddSource([.. ActivitySources]);
}
