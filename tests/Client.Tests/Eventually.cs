namespace Semel.Client.Tests;

/// <summary>Waits for what other threads bring about; what never comes fails the test instead of hanging it.</summary>
internal static class Eventually
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static async Task Is(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!condition())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
