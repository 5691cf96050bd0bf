namespace Semel.Broker.Door;

internal enum FrameReadOutcome : byte
{
    Received,
    /// <summary>The peer has closed the connection between two frames.</summary>
    Ended,
    /// <summary>What came is no frame; the connection has to be closed.</summary>
    Refused,
}

/// <summary>What reading one frame came to.</summary>
internal readonly record struct FrameRead(FrameReadOutcome Outcome, ReceivedFrame Frame = default, string Reason = "")
{
    public static readonly FrameRead Ended = new(FrameReadOutcome.Ended);
    public static FrameRead Refused(string reason) => new(FrameReadOutcome.Refused, Reason: reason);
}
