namespace Semel.Log.Memory;

/// <summary>What a simulated disk does to one append.</summary>
public enum AppendFault : byte
{
    None,
    /// <summary>The append fails and nothing was written.</summary>
    NothingWritten,
    /// <summary>The append fails, but its batches are there and stay.</summary>
    Durable,
    /// <summary>The append fails; its batches are there until <see cref="MemoryLogStore.Crash"/> forgets them.</summary>
    NotDurable,
}
