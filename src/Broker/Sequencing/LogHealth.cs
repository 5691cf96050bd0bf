using Microsoft.Extensions.Logging;
using Semel.Log;

namespace Semel.Broker.Sequencing;

/// <summary>
/// What is wrong with one log, if anything, and what follows: whether it is to be opened now or left alone for a while, whether commands that need room are taken,
/// and what people are told, each trouble once. Changed by whoever runs the log's turns; read by everybody.
/// </summary>
internal sealed class LogHealth(string logName, string? lastResort, ILogger logger)
{
    readonly FailurePause _pause = new();
    string? _appendTrouble, _toldKind;
    volatile string? _offlineReason, _readOnlyReason;
    volatile bool _isDamaged;

    /// <summary>Why the log cannot be opened, in words that name file, position and remedy; null while it is open, or nobody has tried yet.</summary>
    public string? OfflineReason => _offlineReason;

    /// <summary>Why the log is read and takes nothing more: a hole, because of which its machine cannot be folded; null otherwise.</summary>
    public string? ReadOnlyReason => _readOnlyReason;

    /// <summary>What opening the log ended with the last time that it failed; null when it never did.</summary>
    public Exception? OpenFailure { get; private set; }

    /// <summary>A turn has failed and the machine was dropped: the log is opened again although nobody waits for it.</summary>
    public bool IsToBeReopened { get; private set; }

    /// <summary>Why commands are refused.</summary>
    public string Reason => _offlineReason ?? _readOnlyReason ?? _appendTrouble ?? "the log is not open";

    /// <summary>How long the pause lasts that began with the last failure.</summary>
    public TimeSpan Pause => _pause.Length;

    /// <summary>Offline for good, until the process is started again.</summary>
    public bool IsDamaged => _isDamaged;

    /// <summary>Whether the pause after the last failure is over: until then only what makes room is decided.</summary>
    public bool IsPauseOver(TimeSpan now) => _pause.IsOver(now);

    /// <summary>Offline, and not to be tried again now.</summary>
    public bool IsLeftAlone(TimeSpan now) => _offlineReason is not null && (_isDamaged || !_pause.IsOver(now));

    public bool MayTryToOpen(TimeSpan now) => !_isDamaged && (IsToBeReopened || _pause.IsOver(now));

    /// <summary>A turn has failed. A full disk is told once, not with each try.</summary>
    public void TurnFailed(Exception exception, TimeSpan now)
    {
        _pause.Failed(now);
        var reason = LogTrouble.Sentence(exception);
        if (IsToldAlready(exception) && _appendTrouble is not null) Broker.Log.TurnFailedAgain(logger, logName, reason);
        else Broker.Log.TurnFailed(logger, logName, reason, LogTrouble.IsOfStorage(exception) ? null : exception);
        _appendTrouble = reason;
        IsToBeReopened = true;
    }

    /// <summary>Something was appended and is durable.</summary>
    public void Appended()
    {
        _pause.Succeeded();
        if (_appendTrouble is null) return;
        _appendTrouble = null;
        Broker.Log.AppendsAgain(logger, logName);
    }

    /// <summary>Opening was tried, or left for later.</summary>
    public void OpeningEnded() => IsToBeReopened = false;

    public void Opened()
    {
        if (_offlineReason is not null) Broker.Log.LogOnlineAgain(logger, logName);
        _offlineReason = null;
    }

    /// <summary>The log is open, and its machine cannot be folded because of a hole: readers are served.</summary>
    public void HasHole(LogHoleException hole)
    {
        _readOnlyReason = $"no records are taken, because those that are sent again could not be recognised: {WithLastResort(LogTrouble.Sentence(hole))}";
        Broker.Log.LogReadOnly(logger, logName, _readOnlyReason);
    }

    public void NotOpened(Exception exception, TimeSpan now)
    {
        OpenFailure = exception;
        _isDamaged = exception is LogDamagedException or LogHoleException;
        var reason = LogTrouble.Sentence(exception);
        if (_isDamaged) reason = WithLastResort(reason);
        if (IsToldAlready(exception) && _offlineReason is not null) Broker.Log.LogNotOpenedAgain(logger, logName, reason);
        else if (_isDamaged) Broker.Log.LogDamaged(logger, logName, reason);
        else Broker.Log.LogNotOpened(logger, logName, reason, LogTrouble.IsOfStorage(exception) ? null : exception);
        _pause.Failed(now);
        _offlineReason = reason;
    }

    public void Closed() => _readOnlyReason = null;

    bool IsToldAlready(Exception exception)
    {
        var kind = LogTrouble.KindOf(exception);
        var isTold = kind == _toldKind;
        _toldKind = kind;
        return isTold;
    }

    string WithLastResort(string reason) => lastResort is { } last ? $"{reason} {last}" : reason;
}
