namespace Semel.Log.Segments;

/// <summary>When an append counts as done.</summary>
public enum FlushMode : byte
{
    /// <summary>When the device has it: it survives a power cut.</summary>
    Disk,
    /// <summary>When the operating system has it: it survives the end of the process, not a power cut. What Kafka does with one replica.</summary>
    Os,
}
