namespace Semel.Cli.Connecting;

/// <summary>What a command does about its trouble now.</summary>
public enum PatienceAct
{
    /// <summary>Nothing, until the time that comes with it.</summary>
    Wait,
    /// <summary>Say what is wrong.</summary>
    Tell,
    /// <summary>Say that nothing was heard of the broker so far.</summary>
    TellSilence,
    /// <summary>End the command.</summary>
    GiveUp,
}

/// <summary>
/// When a command that cannot do its work says so, and when it ends. Nobody sits before a silent screen for longer than ten seconds: a command that has
/// achieved nothing yet
/// ends within them. One that has worked goes on trying, because brokers are started again, unless what is wrong needs a person. Pure; not thread safe.
/// </summary>
/// <param name="givesUp">False when somebody said how long to try: then it is told, and tried as long as that.</param>
public sealed class PatienceRule(bool givesUp)
{
    /// <summary>What is over sooner is not worth a word.</summary>
    static readonly TimeSpan BeforeTelling = TimeSpan.FromSeconds(1);

    /// <summary>A command that has achieved nothing yet waits so long for what is wrong to pass.</summary>
    static readonly TimeSpan AtTheBegin = TimeSpan.FromSeconds(4);

    /// <summary>The same for one that has worked; and how long after its first question any other ends at the latest, when it is known why.</summary>
    static readonly TimeSpan Most = TimeSpan.FromSeconds(8.5);

    static readonly TimeSpan Silence = TimeSpan.FromSeconds(8);

    TimeSpan? _asked;
    TimeSpan _since;
    bool _isTold, _isSilenceTold;

    /// <summary>What is wrong now; null when nothing is known to be.</summary>
    public Trouble? Standing { get; private set; }

    /// <summary>Something of the command's work was done.</summary>
    public bool HasWorked { get; private set; }

    /// <summary>The broker has been asked for something: from now on somebody waits.</summary>
    public void Asked(TimeSpan now) => _asked ??= now;

    public void Happened(Trouble trouble, TimeSpan now)
    {
        // Of a broker that cannot be reached the first word is the nearest to the cause: what follows from it is that nothing else works either.
        if (Standing == trouble || (Standing is { ExitCode: ExitCode.CannotConnect } && !trouble.EndsWork)) return;
        // It is the same trouble in other words, as far as patience goes.
        if (Standing is null) _since = now;
        (Standing, _isTold) = (trouble, false);
    }

    public void Worked()
    {
        HasWorked = true;
        Standing = null;
    }

    /// <returns>What to do now; with <see cref="PatienceAct.Wait"/> when to look again, null for not before something happens.</returns>
    public (PatienceAct Act, TimeSpan? Next) Look(TimeSpan now)
    {
        if (Standing is not { } trouble) return LookAtSilence(now);
        if (givesUp && (!HasWorked || trouble.EndsWork) && now >= GivesUpAt) return (PatienceAct.GiveUp, null);
        if (!_isTold && now >= _since + BeforeTelling)
        {
            _isTold = _isSilenceTold = true;
            return (PatienceAct.Tell, null);
        }
        var giveUp = givesUp && (!HasWorked || trouble.EndsWork) ? GivesUpAt : (TimeSpan?)null;
        return (PatienceAct.Wait, _isTold ? giveUp : _since + BeforeTelling);
    }

    TimeSpan GivesUpAt
    {
        get
        {
            if (HasWorked) return _since + Most;
            var (patient, most) = (_since + AtTheBegin, (_asked ?? _since) + Most);
            if (patient <= most) return patient;
            // Known late: it is said, and a moment later that is the end.
            var late = _since + BeforeTelling;
            return late > most ? late : most;
        }
    }

    (PatienceAct, TimeSpan?) LookAtSilence(TimeSpan now)
    {
        if (HasWorked || _isSilenceTold || _asked is not { } asked) return (PatienceAct.Wait, null);
        if (now < asked + Silence) return (PatienceAct.Wait, asked + Silence);
        _isSilenceTold = true;
        return (PatienceAct.TellSilence, null);
    }
}
