namespace Semel.Log.Segments.Device;

/// <summary>
/// The places where a crash matters: between any two steps that reach the disk. With the environment variable SEMEL_CRASH_POINT=name:n the process
/// kills itself when it comes to the point for the n-th time; otherwise a point costs one comparison.
/// </summary>
sealed class CrashPoints
{
    const string Variable = "SEMEL_CRASH_POINT";
    const int KillSignal = 9;

    public static readonly CrashPoints FromEnvironment = new(Environment.GetEnvironmentVariable(Variable));

    readonly Action<string>? _reached;
    readonly string? _name;
    int _left;

    /// <param name="setting">name:n, or a name alone for the first time.</param>
    CrashPoints(string? setting)
    {
        if (string.IsNullOrEmpty(setting)) return;
        var colon = setting.LastIndexOf(':');
        _name = colon < 0 ? setting : setting[..colon];
        if (colon >= 0 && (!int.TryParse(setting.AsSpan(colon + 1), out _left) || _left < 1))
            throw new ArgumentException($"{Variable} is {setting}: after the colon a number from 1 on is due");
        if (colon < 0) _left = 1;
        _reached = Count;
    }

    /// <summary>Calls back at each point: to look at the folder as a crash there would leave it.</summary>
    public CrashPoints(Action<string> reached) => _reached = reached;

    public void Reached(string name) => _reached?.Invoke(name);

    void Count(string name)
    {
        if (name != _name || Interlocked.Decrement(ref _left) != 0) return;
        if (OperatingSystem.IsWindows()) System.Diagnostics.Process.GetCurrentProcess().Kill();
        else Libc.Kill(Environment.ProcessId, KillSignal);
        // The signal may take a moment; nothing after this point may happen.
        Thread.Sleep(Timeout.Infinite);
    }
}
