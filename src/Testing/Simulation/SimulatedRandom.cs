namespace Semel.Testing.Simulation;

/// <summary>Chance from one seed (splitmix64): the same row in every process, on every runtime, for ever.</summary>
internal sealed class SimulatedRandom(ulong seed)
{
    ulong _state = seed;

    /// <summary>Which row this is.</summary>
    public ulong Seed { get; } = seed;

    /// <summary>How many numbers were drawn.</summary>
    public int Draws { get; private set; }

    /// <summary>Another row from the same seed, for somebody whose chance shall not depend on how often others draw.</summary>
    public SimulatedRandom Fork(ulong salt) => new(new SimulatedRandom(Seed ^ (salt * 0xD6E8FEB86659FD93)).Next());

    public ulong Next()
    {
        Draws++;
        var mixed = _state += 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>From 0 to <paramref name="bound"/>, which is left out.</summary>
    public int Below(int bound) => (int)(Next() % (ulong)bound);

    /// <summary>Both ends included.</summary>
    public int Between(int lowest, int highest) => lowest + Below(highest - lowest + 1);

    /// <summary>True once in <paramref name="of"/> times on average; never when that is 0.</summary>
    public bool OneIn(int of) => of > 0 && Below(of) == 0;

    public TimeSpan Between(TimeSpan shortest, TimeSpan longest) => shortest + TimeSpan.FromTicks((long)(Next() % (ulong)Math.Max(1, (longest - shortest).Ticks)));

    public T OneOf<T>(params ReadOnlySpan<T> values) => values[Below(values.Length)];
}
