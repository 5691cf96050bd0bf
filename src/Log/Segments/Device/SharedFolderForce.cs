using System.Runtime.ExceptionServices;

namespace Semel.Log.Segments.Device;

/// <summary>
/// Forces a folder that many threads change at once: whoever comes while it is being forced waits for the next time, which serves all who have come by then.
/// Thread safe.
/// </summary>
sealed class SharedFolderForce(IForce force, string folder)
{
    readonly object _gate = new();
    Round? _next;
    bool _isForcing;

    sealed class Round
    {
        public bool IsOver;
        public ExceptionDispatchInfo? Failure;
    }

    /// <summary>Returns when the folder was forced, all that the caller did in it included.</summary>
    /// <exception cref="ForceFailedException">The device did not take it: told to all whom it concerns.</exception>
    public void Force()
    {
        Round mine;
        lock (_gate)
        {
            mine = _next ??= new Round();
            while (!mine.IsOver && _isForcing) Monitor.Wait(_gate);
            if (mine.IsOver)
            {
                mine.Failure?.Throw();
                return;
            }
            // Nobody is at it: this thread forces for all of its round.
            (_isForcing, _next) = (true, null);
        }
        try
        {
            force.Directory(folder);
        }
        catch (Exception failure)
        {
            mine.Failure = ExceptionDispatchInfo.Capture(failure);
        }
        lock (_gate)
        {
            (mine.IsOver, _isForcing) = (true, false);
            Monitor.PulseAll(_gate);
        }
        mine.Failure?.Throw();
    }
}
