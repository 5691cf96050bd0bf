using Semel.Log;
using Semel.Machines.Producers;

namespace Semel.Broker.Sequencing;

/// <summary>A log that can be read while its sequencer writes it, whatever machine is folded from it. Thread safe.</summary>
internal interface IReadableLog
{
    string LogName { get; }

    /// <summary>What readers may know; null while the log is not open, and for a log that is not there to be read.</summary>
    IReadView? View { get; }

    /// <summary>The log to read from; only for those who have seen a <see cref="View"/>. Reads of a log that is closed meanwhile end with an
    /// exception.</summary>
    ILog? Log { get; }

    /// <summary>Bytes appended since this process began: the difference of two moments tells a waiting reader how much has come.</summary>
    long AppendedBytes { get; }

    /// <summary>Why the log cannot be opened, in words that name file, position and remedy; null while it is open, or nobody has tried yet.</summary>
    string? OfflineReason { get; }

    /// <summary>Why the log is read and takes nothing more; null otherwise.</summary>
    string? ReadOnlyReason { get; }

    /// <summary>Completes when the log is open and its machine folded; false when it is offline.</summary>
    ValueTask<bool> OpenAsync();

    /// <summary>
    /// The waiter is told once, when the next <see cref="View"/> is there: also when nothing but a bound has moved, as the last stable offset does. Who waits looks at the
    /// view after having come into the list, so that nothing is missed in between.
    /// </summary>
    ViewWaiterList.Place WaitForView(IViewWaiter waiter);

    /// <summary>The waiter is not told any more.</summary>
    void LeaveView(ViewWaiterList.Place place);

    /// <summary>Tells the broker's log, once for each, that a reader came to a hole.</summary>
    void ReportHole(LogHoleException hole);
}
