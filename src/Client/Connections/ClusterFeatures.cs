namespace Semel.Client.Connections;

/// <summary>The features in force in the cluster: what the broker with the highest epoch says, of all that were asked (KIP-584). Thread safe.</summary>
internal sealed class ClusterFeatures
{
    readonly Lock _gate = new();
    IReadOnlyDictionary<string, short> _levels = new Dictionary<string, short>();
    long _epoch = -1;

    /// <summary>Raised when a broker has said something no older than what was known, before the connection on which it did is used.</summary>
    public event Action<long, IReadOnlyDictionary<string, short>>? Seen;

    /// <param name="epoch">-1 when the broker tells none.</param>
    public void Note(long epoch, IReadOnlyDictionary<string, short> levels)
    {
        lock (_gate)
        {
            if (epoch < _epoch) return;
            (_epoch, _levels) = (epoch, levels);
        }
        Seen?.Invoke(epoch, levels);
    }

    /// <summary>0 for a feature that nobody named.</summary>
    public short Level(string feature)
    {
        lock (_gate) return _levels.GetValueOrDefault(feature);
    }
}
