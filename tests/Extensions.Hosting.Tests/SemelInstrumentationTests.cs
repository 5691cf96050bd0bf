using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Semel.Client;

namespace Semel.Extensions.Hosting.Tests;

/// <summary>The names that are collected are those under which is counted.</summary>
public class SemelInstrumentationTests
{
    sealed class Meters : MeterProviderBuilder
    {
        public List<string> Names { get; } = [];
        public override MeterProviderBuilder AddInstrumentation<TInstrumentation>(Func<TInstrumentation> instrumentationFactory) => this;

        public override MeterProviderBuilder AddMeter(params string[] names)
        {
            Names.AddRange(names);
            return this;
        }
    }

    sealed class Sources : TracerProviderBuilder
    {
        public List<string> Names { get; } = [];
        public override TracerProviderBuilder AddInstrumentation<TInstrumentation>(Func<TInstrumentation?> instrumentationFactory) where TInstrumentation : class => this;
        public override TracerProviderBuilder AddLegacySource(string operationName) => this;

        public override TracerProviderBuilder AddSource(params string[] names)
        {
            Names.AddRange(names);
            return this;
        }
    }

    [Fact]
    public void All_meters_and_sources_are_collected()
    {
        var (meters, sources) = (new Meters(), new Sources());
        meters.AddSemelInstrumentation();
        sources.AddSemelInstrumentation();
        Assert.Equal([ClientMeters.Producer, ClientMeters.Consumer, "Semel.Broker"], meters.Names);
        Assert.Equal([ClientMeters.Producer, ClientMeters.Consumer], sources.Names);
    }
}
