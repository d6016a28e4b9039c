"""What people upload: where it is kept, what kind it is, and pictures made safe."""
