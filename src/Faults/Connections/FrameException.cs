namespace Semel.Faults.Connections;

/// <summary>Bytes that are no frame, or one that is too large.</summary>
sealed class FrameException(string message) : Exception(message);
