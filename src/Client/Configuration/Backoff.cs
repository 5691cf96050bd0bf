namespace Semel.Client.Configuration;

/// <summary>Waiting times that double with each failure in a row and stop at a largest one, spread by a fifth so that clients do not march in step.</summary>
internal readonly record struct Backoff(TimeSpan First, TimeSpan Largest)
{
    const double Spread = 0.2;

    /// <param name="failures">Failures in a row; zero means no wait.</param>
    /// <param name="chance">A random number from 0 to 1.</param>
    public TimeSpan After(int failures, double chance)
    {
        if (failures <= 0) return TimeSpan.Zero;
        var doubled = First.TotalMilliseconds * Math.Pow(2, Math.Min(failures - 1, 30));
        return TimeSpan.FromMilliseconds(Math.Min(doubled, Largest.TotalMilliseconds) * (1 - Spread + 2 * Spread * chance));
    }

    public TimeSpan After(int failures) => After(failures, Random.Shared.NextDouble());
}
