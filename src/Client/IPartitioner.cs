namespace Semel.Client;

/// <summary>Chooses the partition of records that name none. Runs on the caller's thread; must be thread safe.</summary>
public interface IPartitioner
{
    /// <param name="key">Empty when <paramref name="keyIsNull"/>.</param>
    /// <returns>0 to <paramref name="partitionCount"/> less 1; anything else fails the call.</returns>
    int Choose(string topic, ReadOnlySpan<byte> key, bool keyIsNull, ReadOnlySpan<byte> value, int partitionCount);
}
