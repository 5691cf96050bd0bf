using Semel.Machines.Turn;
using Semel.Protocol;

namespace Semel.Broker.Sequencing;

/// <summary>Where the machines' moments come from.</summary>
internal static class Clocks
{
    /// <summary>Now, by both clocks. The steady one counts from the start of the computer on all systems that .NET knows, suspended time left out.</summary>
    public static Moment Moment(this TimeProvider time) => new(new Instant(time.GetUtcNow().ToUnixTimeMilliseconds()), time.GetElapsedTime(0));
}
