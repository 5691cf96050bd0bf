using Semel.Protocol;

namespace Semel.Machines.Turn;

/// <summary>One moment by two clocks. Always given to a decision, never read by one.</summary>
/// <param name="Wall">What the clock on the wall says: for the timestamps of records. It may be set at any time, by any amount, in both directions.</param>
/// <param name="Steady">
/// Time that has passed since this computer was started. Nobody can set it, and it never goes back while the process lives: what is forgotten is forgotten by this one.
/// </param>
public readonly record struct Moment(Instant Wall, TimeSpan Steady)
{
    /// <summary>
    /// How long ago an earlier moment certainly was, which may be one of an earlier process and of an earlier start of the computer; never negative. Both clocks have
    /// to say so: the steady one, which begins anew with the computer, and the one on the wall, which somebody may have set in between. The lesser of the two is
    /// certain, so neither a jump of the wall clock nor another computer makes it longer than it was.
    /// </summary>
    public TimeSpan CertainlySince(Moment earlier)
    {
        // A steady clock that stands below what it was has begun anew since: all that it shows has passed, at least.
        var steady = Steady >= earlier.Steady ? Steady - earlier.Steady : Steady;
        var wall = Wall - earlier.Wall;
        var lesser = steady < wall ? steady : wall;
        return lesser > TimeSpan.Zero ? lesser : TimeSpan.Zero;
    }
}
