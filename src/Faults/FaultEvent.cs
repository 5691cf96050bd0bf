namespace Semel.Faults;

/// <summary>One thing that the proxy did or met, other than passing a frame on.</summary>
/// <param name="Connection">Its number, from 1; 0 when it concerns none.</param>
/// <param name="Frame">The frame that was struck; null when it concerns none.</param>
/// <param name="Action">Null when no rule was behind it.</param>
/// <param name="Reason">A sentence: which rule struck, or what happened.</param>
public sealed record FaultEvent(DateTimeOffset At, int Connection, FrameFacts? Frame, FaultAction? Action, string Reason)
{
    public override string ToString() => $"{At:HH:mm:ss.fff} {(Frame is { } frame ? frame.ToString() : Connection > 0 ? $"connection {Connection}" : "proxy")}: {(Action is { } action ? $"{action}, " : "")}{Reason}";
}
