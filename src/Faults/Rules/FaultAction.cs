namespace Semel.Faults;

/// <summary>What can happen to a frame.</summary>
public enum FaultKind : byte
{
    /// <summary>Nothing: the frame goes on as it is. A rule with this action keeps later rules off.</summary>
    Pass,
    /// <summary>The frame, and all behind it in its direction on its connection, come later.</summary>
    Delay,
    /// <summary>The frame is swallowed; the connection stays, and what is behind the frame goes on.</summary>
    Drop,
    /// <summary>The frame is swallowed and the connection closed: of a request, the broker has never seen it; of an answer, the broker has done the work.</summary>
    Cut,
    /// <summary>So many bytes of the frame go on, then the connection is closed.</summary>
    CutAfterBytes,
    /// <summary>A request is delivered twice and answered once: at once, or the second time later on a connection of its own. An answer comes twice.</summary>
    Repeat,
    /// <summary>The client's connection is closed, and the request is delivered later on a connection of its own, after a time or when it is released.</summary>
    Hold,
    /// <summary>The frame comes after the next one in its direction. Of requests, the answers come in the order that the client expects.</summary>
    Swap,
    /// <summary>From this frame on nothing goes on in its direction, while the connection stays.</summary>
    Stall,
    /// <summary>From this frame on nothing goes on in either direction, while the connection stays.</summary>
    Blackhole,
    /// <summary>One byte of the frame is changed.</summary>
    CorruptByte,
}

/// <summary>What happens to a frame, with its amounts.</summary>
/// <param name="Time">Delay: how long. Repeat and Hold: when the later delivery comes; null is at once (Repeat) or at the release (Hold). Swap: how long the next frame is waited for.</param>
/// <param name="Position">CutAfterBytes: how many bytes go on. CorruptByte: which byte, counted from the frame's first (its size is the first four); null is the one in the middle.</param>
public readonly record struct FaultAction(FaultKind Kind, TimeSpan? Time = null, int? Position = null)
{
    /// <summary>How long a swap waits for the next frame before the first goes on alone.</summary>
    static readonly TimeSpan DefaultSwapWait = TimeSpan.FromSeconds(1);

    public static readonly FaultAction Pass = new(FaultKind.Pass);
    public static readonly FaultAction Drop = new(FaultKind.Drop);
    public static readonly FaultAction Cut = new(FaultKind.Cut);
    public static readonly FaultAction Stall = new(FaultKind.Stall);
    public static readonly FaultAction Blackhole = new(FaultKind.Blackhole);

    /// <summary>See <see cref="FaultKind.Delay"/>.</summary>
    public static FaultAction Delay(TimeSpan time) => new(FaultKind.Delay, time);
    /// <summary>See <see cref="FaultKind.CutAfterBytes"/>.</summary>
    /// <param name="count">How many bytes go on, counted from the four that tell the frame's size.</param>
    public static FaultAction CutAfterBytes(int count) => new(FaultKind.CutAfterBytes, Position: count);
    /// <summary>See <see cref="FaultKind.Repeat"/>.</summary>
    /// <param name="later">When the second delivery comes; null for at once.</param>
    public static FaultAction Repeat(TimeSpan? later = null) => new(FaultKind.Repeat, later);
    /// <summary>See <see cref="FaultKind.Hold"/>.</summary>
    /// <param name="later">When the request is delivered; null for <see cref="FaultProxy.ReleaseHeldAsync"/>.</param>
    public static FaultAction Hold(TimeSpan? later = null) => new(FaultKind.Hold, later);
    /// <summary>See <see cref="FaultKind.Swap"/>.</summary>
    /// <param name="wait">How long the next frame is waited for; a second when null.</param>
    public static FaultAction Swap(TimeSpan? wait = null) => new(FaultKind.Swap, wait ?? DefaultSwapWait);
    /// <summary>See <see cref="FaultKind.CorruptByte"/>.</summary>
    /// <param name="position">Which byte, from 0, the size's four included; null for the one in the middle.</param>
    public static FaultAction CorruptByte(int? position = null) => new(FaultKind.CorruptByte, Position: position);

    /// <summary>As it is written in a rule.</summary>
    public override string ToString() => FaultActionText.Write(this);
}
