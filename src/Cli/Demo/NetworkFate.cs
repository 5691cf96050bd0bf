namespace Semel.Cli.Demo;

/// <summary>What the network does to a batch, once, the first time that it could.</summary>
public enum NetworkFate
{
    /// <summary>Nothing.</summary>
    Pass,
    /// <summary>The answer comes late.</summary>
    Delay,
    /// <summary>The broker has stored it; the connection is cut before the answer arrives.</summary>
    CutAnswer,
    /// <summary>The broker has stored it; the answer is lost, nothing more is heard on the connection, and after a while it is closed.</summary>
    LoseAnswer,
    /// <summary>The connection is cut before the request arrives.</summary>
    CutRequest,
    /// <summary>The request arrives, and a second time after the batch behind it.</summary>
    Repeat,
    /// <summary>The connection is cut, and the request arrives long after it was sent again, behind the next batch.</summary>
    Hold,
    /// <summary>A byte is changed on the way: the broker refuses this batch, while those behind it are on their way already.</summary>
    Corrupt,
}

/// <summary>
/// Which batch meets what: drawn from the seed and the batch's number alone, so that every run with the same batches meets the same. Behind a batch that is
/// refused, those that
/// are on their way with it pass, so that nothing depends on how many there are. Not thread safe.
/// </summary>
public sealed class FatePlan(long seed)
{
    /// <summary>In a thousand batches. Together about one batch in five.</summary>
    static readonly (NetworkFate Fate, int PerThousand)[] Shares =
    [
        (NetworkFate.CutAnswer, 60), (NetworkFate.LoseAnswer, 20), (NetworkFate.Delay, 40), (NetworkFate.Repeat, 30), (NetworkFate.Hold, 20), (NetworkFate.Corrupt, 30), (NetworkFate.CutRequest, 30),
    ];

    /// <summary>Each costs time.</summary>
    const int MostLostAnswers = 6;

    /// <summary>How many batches may be on their way behind one.</summary>
    const int BehindCorrupt = 4;

    readonly List<NetworkFate> _fates = [];
    ulong _state = (ulong)seed;
    int _lostAnswers, _quiet;

    /// <param name="batch">Its number, from 0, in the order in which batches are sent first.</param>
    public NetworkFate Of(int batch)
    {
        while (_fates.Count <= batch) _fates.Add(Next());
        return _fates[batch];
    }

    NetworkFate Next()
    {
        var drawn = Draw();
        if (_quiet > 0)
        {
            _quiet--;
            return NetworkFate.Pass;
        }
        if (drawn == NetworkFate.Corrupt) _quiet = BehindCorrupt;
        return drawn == NetworkFate.LoseAnswer && ++_lostAnswers > MostLostAnswers ? NetworkFate.Pass : drawn;
    }

    NetworkFate Draw()
    {
        // SplitMix64, as for the lines: System.Random may give other numbers for the same seed in another version of .NET.
        _state += 0x9E3779B97F4A7C15;
        var mixed = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        var point = (int)((mixed ^ (mixed >> 31)) % 1000);
        foreach (var (fate, share) in Shares)
        {
            if (point < share) return fate;
            point -= share;
        }
        return NetworkFate.Pass;
    }
}
